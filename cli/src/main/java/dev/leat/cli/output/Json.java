package dev.leat.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Facts as JSON: maps, lists, strings, numbers, booleans and null. */
public final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();

    private Json() {}

    /** One line. */
    public static String line(@Nullable Object value) {
        return write(value, false);
    }

    /** Indented, for people. */
    public static String pretty(@Nullable Object value) {
        return write(value, true);
    }

    private static String write(@Nullable Object value, boolean pretty) {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(out)) {
            if (pretty) {
                generator.useDefaultPrettyPrinter();
            }
            write(generator, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }

    private static void write(JsonGenerator to, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> to.writeNull();
            case String text -> to.writeString(text);
            case Integer number -> to.writeNumber(number);
            case Long number -> to.writeNumber(number);
            case Double number -> to.writeNumber(number);
            case Boolean flag -> to.writeBoolean(flag);
            case Map<?, ?> map -> {
                to.writeStartObject();
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    to.writeFieldName(String.valueOf(entry.getKey()));
                    write(to, entry.getValue());
                }
                to.writeEndObject();
            }
            case Iterable<?> list -> {
                to.writeStartArray();
                for (Object item : list) {
                    write(to, item);
                }
                to.writeEndArray();
            }
            default -> to.writeString(value.toString());
        }
    }

    /**
     * The value of a JSON text; objects become maps in their order.
     *
     * @throws IOException if it is none
     */
    public static @Nullable Object read(String text) throws IOException {
        try (JsonParser parser = FACTORY.createParser(text)) {
            parser.nextToken();
            return read(parser);
        }
    }

    private static @Nullable Object read(JsonParser from) throws IOException {
        JsonToken token = from.currentToken();
        if (token == null) {
            throw new IOException("empty JSON");
        }
        return switch (token) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                while (from.nextToken() != JsonToken.END_OBJECT) {
                    String name = from.currentName();
                    from.nextToken();
                    map.put(name, read(from));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (from.nextToken() != JsonToken.END_ARRAY) {
                    list.add(read(from));
                }
                yield list;
            }
            case VALUE_STRING -> from.getText();
            case VALUE_NUMBER_INT -> from.getLongValue();
            case VALUE_NUMBER_FLOAT -> from.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new IOException("unexpected " + token + " in JSON");
        };
    }
}
