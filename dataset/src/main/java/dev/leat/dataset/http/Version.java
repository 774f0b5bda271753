package dev.leat.dataset.http;

import dev.leat.dataset.web.Web;
import java.time.DateTimeException;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What tells two versions of a file apart, as HTTP has it: the ETag, else the time of the last change. Written as the ETag
 * with its quotes, or as the date.
 *
 * <p>A weak ETag counts as the same without its mark: Apache calls an ETag weak within a second of the change, and no longer
 * after it.
 */
record Version(@Nullable String etag, @Nullable String modified) {
    private static final String WEAK = "W/";

    static Version of(Web.Answer answer) {
        return new Version(answer.header("ETag"), answer.header("Last-Modified"));
    }

    /** Reads what {@link #text} wrote. */
    static Version parse(String text) {
        return text.startsWith("\"") || text.startsWith(WEAK) ? new Version(text, null) : new Version(null, text);
    }

    /** As it is remembered; null where the server tells neither. */
    @Nullable
    String text() {
        if (etag != null && !etag.isEmpty()) {
            return plain(etag);
        }
        return modified == null || modified.isEmpty() ? null : modified;
    }

    private static String plain(String etag) {
        return etag.startsWith(WEAK) ? etag.substring(WEAK.length()) : etag;
    }

    /** Whether an answer is of this version. One that does not tell is not known to be. */
    boolean isOf(Version answer) {
        if (etag != null) {
            return answer.etag != null && plain(etag).equals(plain(answer.etag));
        }
        return modified != null && modified.equals(answer.modified);
    }

    /** Whether an answer tells what this version goes by. */
    boolean isToldBy(Version answer) {
        return etag != null ? answer.etag != null : answer.modified != null;
    }

    /** The condition under which a range is sent rather than all of another version. */
    Optional<String> ifRange() {
        return Optional.ofNullable(text());
    }

    /** The time of the last change in milliseconds since 1970. */
    Optional<Long> modifiedEpochMs() {
        if (modified == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(ZonedDateTime.parse(modified, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant()
                    .toEpochMilli());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
