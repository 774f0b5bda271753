package dev.leat.kube.model;

import java.util.Locale;

/** Amounts as Fluid's status shows them. */
public final class Sizes {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    /** What stands where a source is being counted. */
    public static final String CALCULATING = "[Calculating]";

    private Sizes() {}

    /** Bytes with two decimals and the largest unit that leaves at least one, such as {@code 2.00GiB}. */
    public static String bytes(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= 1024 && unit < UNITS.length - 1) {
            amount /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.2f%s", amount, UNITS[unit]);
    }

    /**
     * A share in percent with one decimal, such as {@code 12.5%}; of nothing it is 0.0%. It is 100.0% at most, also where a cache still
     * holds files that the source has no more, and only where nothing is missing.
     */
    public static String percent(long part, long whole) {
        if (whole <= 0) {
            return "0.0%";
        }
        double share = part >= whole ? 100 : Math.min(99.9, 100.0 * (double) part / (double) whole);
        return String.format(Locale.ROOT, "%.1f%%", share);
    }

    /** Bytes as an option of a command spells them: exact. */
    static String option(long bytes) {
        for (int unit = 4; unit > 0; unit--) {
            long one = 1L << (10 * unit);
            if (bytes >= one && bytes % one == 0) {
                return bytes / one + UNITS[unit];
            }
        }
        return bytes + "B";
    }
}
