package dev.leat.dataset.azure;

import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.dataset.web.Addresses;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * One page of a listing.
 *
 * @param next where the next page begins; empty if this is the last one
 */
record BlobPage(List<SourceEntry> entries, String next) {
    /**
     * Reads a page.
     *
     * @param under what the names begin with
     * @param what what was asked, for messages
     */
    static BlobPage read(byte[] xml, String under, String what) throws StoreException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        List<SourceEntry> entries = new ArrayList<>();
        String next = "";
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(xml));
            while (reader.hasNext()) {
                if (reader.next() != XMLStreamConstants.START_ELEMENT) {
                    continue;
                }
                switch (reader.getLocalName()) {
                    case "Blob", "BlobPrefix" -> add(entries, reader, reader.getLocalName(), under);
                    case "NextMarker" -> next = reader.getElementText();
                    default -> {}
                }
            }
        } catch (XMLStreamException | IllegalArgumentException e) {
            throw new StoreException(Kind.CORRUPT, "cannot " + what + ": the answer is no listing", e);
        }
        return new BlobPage(entries, next);
    }

    private static void add(List<SourceEntry> entries, XMLStreamReader reader, String element, String under)
            throws XMLStreamException {
        Map<String, String> fields = new HashMap<>();
        String name = "";
        while (reader.hasNext()) {
            int event = reader.next();
            if (event == XMLStreamConstants.END_ELEMENT && reader.getLocalName().equals(element)) {
                break;
            }
            if (event != XMLStreamConstants.START_ELEMENT) {
                continue;
            }
            String field = reader.getLocalName();
            switch (field) {
                case "Name" -> {
                    // What XML cannot write comes with escapes.
                    boolean encoded = "true".equalsIgnoreCase(reader.getAttributeValue(null, "Encoded"));
                    String text = reader.getElementText();
                    name = encoded ? Addresses.unescape(text) : text;
                }
                case "Content-Length", "Etag", "Last-Modified", "ResourceType" ->
                    fields.put(field, reader.getElementText());
                default -> {}
            }
        }
        boolean directory = element.equals("BlobPrefix") || "directory".equals(fields.get("ResourceType"));
        String own = name.length() > under.length() ? name.substring(under.length()) : "";
        if (element.equals("BlobPrefix") && own.endsWith("/")) {
            own = own.substring(0, own.length() - 1);
        }
        // The blob that marks the directory itself has no name in it.
        if (!own.isEmpty()) {
            entries.add(new SourceEntry(own, directory ? Facts.directory(Facts.UNKNOWN) : facts(fields)));
        }
    }

    private static Facts facts(Map<String, String> fields) {
        String etag = fields.get("Etag");
        return Facts.file(
                Long.parseLong(fields.getOrDefault("Content-Length", "-1")),
                AzureSource.modified(fields.get("Last-Modified")),
                etag == null ? null : AzureSource.plain(etag));
    }
}
