package dev.leat.store.blob;

import java.util.Locale;

/** How frames are made smaller. */
public enum Compression {
    /** Not at all. */
    NONE(0),
    /** Fast: for data that is read often. */
    LZ4(1),
    /** Smaller: for data that is kept. */
    ZSTD(2);

    private final int code;

    Compression(int code) {
        this.code = code;
    }

    /** What stands in the store for it. */
    int code() {
        return code;
    }

    /**
     * The compression of that name, in lower or upper case.
     *
     * @throws IllegalArgumentException with one line if there is none
     */
    public static Compression parse(String name) {
        for (Compression each : values()) {
            if (each.name().equalsIgnoreCase(name)) {
                return each;
            }
        }
        throw new IllegalArgumentException("'" + name + "' is no compression; write lz4, zstd or none");
    }

    /** Its name, in lower case. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
