package dev.leat.store.s3;

import org.jspecify.annotations.Nullable;

/** ETags as the store's callers see them, without quotes, and as HTTP writes them. */
final class ETags {
    private ETags() {}

    /** Without the quotes; empty where the server sent none. */
    static String plain(@Nullable String header) {
        if (header == null) {
            return "";
        }
        boolean quoted = header.length() >= 2 && header.startsWith("\"") && header.endsWith("\"");
        return quoted ? header.substring(1, header.length() - 1) : header;
    }

    /** As a header's value. */
    static String quoted(String etag) {
        return etag.startsWith("W/") || etag.startsWith("\"") ? etag : "\"" + etag + "\"";
    }
}
