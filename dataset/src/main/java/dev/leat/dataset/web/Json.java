package dev.leat.dataset.web;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer in JSON: what it has at a name, or nothing, whatever else the server wrote. Servers write numbers as numbers or as
 * text; both are read.
 */
public final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();

    /** What an answer that is not there reads as. */
    private static final Json NOTHING = new Json(null);

    private final @Nullable Object value;

    private Json(@Nullable Object value) {
        this.value = value;
    }

    /**
     * Reads a whole text.
     *
     * @throws IOException if it is no JSON
     */
    public static Json read(byte[] text) throws IOException {
        try (JsonParser parser = FACTORY.createParser(text)) {
            parser.nextToken();
            return new Json(value(parser));
        }
    }

    private static @Nullable Object value(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                object.put(name, value(parser));
            }
            return object;
        }
        if (token == JsonToken.START_ARRAY) {
            List<@Nullable Object> list = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                list.add(value(parser));
            }
            return list;
        }
        if (token == null) {
            throw new IOException("it ends in the middle");
        }
        return token == JsonToken.VALUE_NULL ? null : parser.getText();
    }

    /** What an object has at a name. */
    public Json at(String name) {
        return value instanceof Map<?, ?> object && object.get(name) != null ? new Json(object.get(name)) : NOTHING;
    }

    /** The members of a list; none if it is no list. */
    public List<Json> list() {
        return value instanceof List<?> list ? list.stream().map(Json::new).toList() : List.of();
    }

    /** A text, a number or a truth value as text; null if it is something else. */
    public @Nullable String text() {
        return value instanceof String text ? text : null;
    }

    /** A text that is never null. */
    public String text(String otherwise) {
        return value instanceof String text ? text : otherwise;
    }

    /** A number; {@code otherwise} if there is none. */
    public long number(long otherwise) {
        return value instanceof String text && text.matches("-?\\d{1,18}") ? Long.parseLong(text) : otherwise;
    }
}
