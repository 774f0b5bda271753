package dev.leat.testing.s3;

import java.io.ByteArrayInputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** The little XML that S3 speaks. */
final class Xml {
    private Xml() {}

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    static String element(String name, String text) {
        return "<" + name + ">" + escape(text) + "</" + name + ">";
    }

    /** A key as the listing's {@code encoding-type} wants it. */
    static String key(String element, String key, boolean urlEncoded) {
        String text =
                urlEncoded ? URLEncoder.encode(key, StandardCharsets.UTF_8).replace("%2F", "/") : key;
        return element(element, text);
    }

    /** The children of every element of this name, as name and text. */
    static List<Map<String, String>> records(byte[] document, String element) throws XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(document));
        List<Map<String, String>> records = new ArrayList<>();
        Map<String, String> record = new LinkedHashMap<>();
        StringBuilder text = new StringBuilder();
        while (reader.hasNext()) {
            switch (reader.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    text.setLength(0);
                    if (reader.getLocalName().equals(element)) {
                        record = new LinkedHashMap<>();
                    }
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text.append(reader.getText());
                case XMLStreamConstants.END_ELEMENT -> {
                    if (reader.getLocalName().equals(element)) {
                        records.add(record);
                    } else {
                        record.put(reader.getLocalName(), text.toString());
                    }
                }
                default -> {}
            }
        }
        return records;
    }
}
