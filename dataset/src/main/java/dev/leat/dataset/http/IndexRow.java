package dev.leat.dataset.http;

import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.SourceEntry;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an index page says about one name, in words that differ from server to server: a time to the minute or the second,
 * of a zone that it seldom names and that is taken for UTC, and a length, to the byte or rounded.
 */
final class IndexRow {
    private static final List<String> MONTHS =
            List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");

    private static final String TIME = "[ T]+(?<hour>\\d{2}):(?<minute>\\d{2})(?::(?<second>\\d{2}))?";

    /** Apache, Caddy and most others: 2026-11-21 10:00. */
    private static final Pattern YEAR_FIRST =
            Pattern.compile("\\b(?<year>\\d{4})-(?<month>\\d{2}|\\p{Alpha}{3})-(?<day>\\d{2})" + TIME);

    /** nginx: 21-Nov-2026 10:00. */
    private static final Pattern DAY_FIRST =
            Pattern.compile("\\b(?<day>\\d{2})-(?<month>\\d{2}|\\p{Alpha}{3})-(?<year>\\d{4})" + TIME);

    private static final Pattern SIZE =
            Pattern.compile("(?<number>\\d+)(?<rest>[.,]\\d+)? ?(?<unit>[KMGTPE]i?B?|[Bb]ytes?|B)?(?= |$)");

    private final String name;
    private final boolean directory;
    private final StringBuilder text = new StringBuilder();
    private long sizeBytes = Facts.UNKNOWN;
    private long modifiedEpochMs = Facts.UNKNOWN;
    private boolean exact;

    IndexRow(String name, boolean directory) {
        this.name = name;
        this.directory = directory;
    }

    /** Adds words that stand in the row. */
    void say(String words) {
        // A row has a date, a size and perhaps a description; what follows would be another's.
        if (text.length() < 1_000) {
            text.append(words).append(' ');
        }
    }

    /** A length that is given to the byte. */
    void size(String bytes) {
        try {
            sizeBytes = Math.max(Facts.UNKNOWN, Long.parseLong(bytes.strip()));
        } catch (NumberFormatException e) {
            sizeBytes = Facts.UNKNOWN;
        }
    }

    /** A time as ISO 8601 writes it. */
    void modified(String time) {
        try {
            modifiedEpochMs = OffsetDateTime.parse(time.strip()).toInstant().toEpochMilli();
            exact = true;
        } catch (DateTimeException e) {
            modifiedEpochMs = Facts.UNKNOWN;
        }
    }

    SourceEntry entry() {
        readText();
        // The time of a file has to be exact: programs like tar look whether it is the same as a moment ago.
        Facts facts = directory
                ? Facts.directory(modifiedEpochMs)
                : Facts.file(sizeBytes, exact ? modifiedEpochMs : Facts.UNKNOWN, null);
        return new SourceEntry(name, facts);
    }

    private void readText() {
        String words = text.toString().replace('\u00a0', ' ').replaceAll("\\s+", " ");
        Matcher time = YEAR_FIRST.matcher(words);
        boolean found = time.find();
        if (!found) {
            time = DAY_FIRST.matcher(words);
            found = time.find();
        }
        if (!found) {
            return;
        }
        if (modifiedEpochMs == Facts.UNKNOWN) {
            modifiedEpochMs = epochMs(time);
        }
        if (sizeBytes == Facts.UNKNOWN) {
            // The size is the next word; a number further on belongs to a description.
            Matcher size = SIZE.matcher(words.substring(time.end()).stripLeading());
            if (size.lookingAt() && size.group("rest") == null && isBytes(size.group("unit"))) {
                size(size.group("number"));
            }
        }
    }

    private static boolean isBytes(@Nullable String unit) {
        return unit == null || unit.toLowerCase(Locale.ROOT).startsWith("b");
    }

    private static long epochMs(Matcher time) {
        String month = time.group("month").toLowerCase(Locale.ROOT);
        int number = Character.isDigit(month.charAt(0)) ? Integer.parseInt(month) : MONTHS.indexOf(month) + 1;
        String second = time.group("second");
        try {
            return LocalDateTime.of(
                            Integer.parseInt(time.group("year")),
                            number,
                            Integer.parseInt(time.group("day")),
                            Integer.parseInt(time.group("hour")),
                            Integer.parseInt(time.group("minute")),
                            second == null ? 0 : Integer.parseInt(second))
                    .toInstant(ZoneOffset.UTC)
                    .toEpochMilli();
        } catch (DateTimeException e) {
            return Facts.UNKNOWN;
        }
    }
}
