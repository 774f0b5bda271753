package dev.leat.dataset.manifest;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** By what a sealed tree knows the bytes of its files. */
public enum Strength {
    /** By what the source says changes with them: an ETag, or time and length. */
    WEAK('w'),
    /** By their SHA-256 digests, each file having been read once. */
    STRONG('s');

    private final char code;

    Strength(char code) {
        this.code = code;
    }

    /** The letter that stands for it in a manifest. */
    int code() {
        return code;
    }

    /** What a letter stands for; null if nothing. */
    static @Nullable Strength of(int code) {
        return code == STRONG.code ? STRONG : code == WEAK.code ? WEAK : null;
    }

    /** As it is written. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
