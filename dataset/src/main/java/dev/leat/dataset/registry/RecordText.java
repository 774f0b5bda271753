package dev.leat.dataset.registry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records as JSON: texts, whole numbers, lists and maps of them. */
final class RecordText {
    private static final JsonFactory FACTORY = new JsonFactory();

    private RecordText() {}

    static byte[] write(Map<String, ?> facts) {
        StringWriter out = new StringWriter();
        try (JsonGenerator to = FACTORY.createGenerator(out)) {
            to.useDefaultPrettyPrinter();
            write(to, facts);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return (out + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static void write(JsonGenerator to, Object value) throws IOException {
        switch (value) {
            case String text -> to.writeString(text);
            case Long number -> to.writeNumber(number);
            case Map<?, ?> map -> {
                to.writeStartObject();
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    to.writeFieldName(String.valueOf(entry.getKey()));
                    write(to, entry.getValue());
                }
                to.writeEndObject();
            }
            case List<?> list -> {
                to.writeStartArray();
                for (Object item : list) {
                    write(to, item);
                }
                to.writeEndArray();
            }
            default -> throw new IllegalArgumentException("no record holds " + value.getClass());
        }
    }

    /**
     * Reads a record.
     *
     * @throws IllegalArgumentException if it is damaged
     */
    static Map<?, ?> read(byte[] bytes) {
        try (JsonParser from = FACTORY.createParser(bytes)) {
            from.nextToken();
            Object value = read(from);
            if (value instanceof Map<?, ?> map && from.nextToken() == null) {
                return map;
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("it is no JSON", e);
        }
        throw new IllegalArgumentException("it is no record");
    }

    private static @Nullable Object read(JsonParser from) throws IOException {
        JsonToken token = from.currentToken();
        return switch (token) {
            case null -> null;
            case START_OBJECT -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                while (from.nextToken() == JsonToken.FIELD_NAME) {
                    String name = from.currentName();
                    from.nextToken();
                    map.put(name, read(from));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (from.nextToken() != JsonToken.END_ARRAY) {
                    if (from.currentToken() == null) {
                        throw new IOException("a list ends early");
                    }
                    list.add(read(from));
                }
                yield list;
            }
            case VALUE_STRING -> from.getText();
            case VALUE_NUMBER_INT -> from.getLongValue();
            default -> null;
        };
    }
}
