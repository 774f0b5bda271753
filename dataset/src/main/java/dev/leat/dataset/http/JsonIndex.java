package dev.leat.dataset.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.SourceEntry;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the JSON listings of nginx ({@code autoindex_format json}) and Caddy: an array with an object for each name. */
final class JsonIndex {
    private static final JsonFactory JSON = new JsonFactory();

    private @Nullable String name;
    private @Nullable Boolean directory;
    private boolean other;
    private long sizeBytes = Facts.UNKNOWN;
    private long modifiedEpochMs = Facts.UNKNOWN;

    private JsonIndex() {}

    /** The entries; null if the text is anything else than such a listing. */
    static @Nullable List<SourceEntry> read(byte[] json) {
        List<SourceEntry> entries = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                return null;
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (parser.currentToken() != JsonToken.START_OBJECT) {
                    return null;
                }
                JsonIndex row = new JsonIndex();
                row.fields(parser);
                if (row.name == null || (row.directory == null && !row.other)) {
                    return null;
                }
                if (!row.other) {
                    entries.add(row.entry(row.name));
                }
            }
            return entries;
        } catch (IOException e) {
            return null;
        }
    }

    private void fields(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (field) {
                case "name" -> name = parser.getText();
                case "type" -> {
                    // nginx; "other" is what cannot be served.
                    String type = parser.getText();
                    directory = type.equals("directory") ? Boolean.TRUE : type.equals("file") ? Boolean.FALSE : null;
                    other = directory == null;
                }
                case "is_dir" -> directory = value == JsonToken.VALUE_TRUE;
                case "size" -> sizeBytes = value == JsonToken.VALUE_NUMBER_INT ? parser.getLongValue() : Facts.UNKNOWN;
                case "mtime", "mod_time" -> modifiedEpochMs = epochMs(parser.getText());
                default -> parser.skipChildren();
            }
        }
    }

    private static long epochMs(String text) {
        try {
            return text.contains(",")
                    ? ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant()
                            .toEpochMilli()
                    : OffsetDateTime.parse(text).toInstant().toEpochMilli();
        } catch (DateTimeException e) {
            return Facts.UNKNOWN;
        }
    }

    private SourceEntry entry(String shown) {
        if (Boolean.TRUE.equals(directory)) {
            String plain = shown.endsWith("/") ? shown.substring(0, shown.length() - 1) : shown;
            return new SourceEntry(plain, Facts.directory(modifiedEpochMs));
        }
        return new SourceEntry(shown, Facts.file(sizeBytes, modifiedEpochMs, null));
    }
}
