package dev.leat.dataset.source;

import java.nio.charset.StandardCharsets;

/** Which names of a source a file system can show. */
public final class Names {
    /** Longest name, in bytes of UTF-8. */
    public static final int NAME_BYTES_MAX = 255;

    /** Stands for what could not be read as text. */
    private static final char UNREADABLE = '\uFFFD';

    private Names() {}

    /** Whether it is a name: not empty, {@code .} or {@code ..}, without slash and NUL, of at most 255 bytes, and text. */
    public static boolean isShown(String name) {
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            return false;
        }
        if (name.indexOf('/') >= 0 || name.indexOf('\0') >= 0 || name.indexOf(UNREADABLE) >= 0) {
            return false;
        }
        return name.length() <= NAME_BYTES_MAX / 3 || name.getBytes(StandardCharsets.UTF_8).length <= NAME_BYTES_MAX;
    }
}
