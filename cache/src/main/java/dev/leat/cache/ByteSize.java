package dev.leat.cache;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: a number with a unit, {@code 64MiB}, {@code 1.5GiB}, {@code 500GB}, {@code 4096B}. */
public final class ByteSize {
    private static final Pattern FORM = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([A-Za-z]*)");
    private static final String BINARY_UNITS = "KMGTPE";

    private ByteSize() {}

    /**
     * The number of bytes that a text names. Units are B, KiB, MiB, GiB, TiB, PiB, EiB (powers of 1,024), KB … EB
     * (powers of 1,000) and K … E (as KiB … EiB), in any case. A number without a unit is refused, because nobody can
     * tell what it meant.
     *
     * @throws IllegalArgumentException with one line that says what is wrong and how to write it
     */
    public static long parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw bad(text, "is not a size");
        }
        String unit = matcher.group(2).toUpperCase(Locale.ROOT);
        if (unit.isEmpty()) {
            throw bad(text, "has no unit");
        }
        BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unitBytes(text, unit)));
        BigDecimal whole = bytes.setScale(0, RoundingMode.DOWN);
        if (whole.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw bad(text, "is too large");
        }
        return whole.longValue();
    }

    /** A size for people, in the largest binary unit that leaves at least 1 before the point: {@code 1.5GiB}. */
    public static String format(long bytes) {
        if (bytes < 1024) {
            return bytes + "B";
        }
        int power = Math.min(6, (63 - Long.numberOfLeadingZeros(bytes)) / 10);
        double value = bytes / (double) (1L << (10 * power));
        String number = value == Math.rint(value)
                ? Long.toString((long) value)
                : String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.1f", value);
        return number + BINARY_UNITS.charAt(power - 1) + "iB";
    }

    private static long unitBytes(String text, String unit) {
        if (unit.equals("B")) {
            return 1;
        }
        int power = BINARY_UNITS.indexOf(unit.charAt(0)) + 1;
        if (power > 0) {
            return switch (unit.substring(1)) {
                case "", "IB" -> 1L << (10 * power);
                case "B" -> BigDecimal.TEN.pow(3 * power).longValueExact();
                default -> throw bad(text, "has an unknown unit");
            };
        }
        throw bad(text, "has an unknown unit");
    }

    private static IllegalArgumentException bad(String text, String what) {
        return new IllegalArgumentException(
                "size \"" + text + "\" " + what + "; write for example 64MiB, 2GiB or 500GB");
    }
}
