package dev.leat.store;

import java.util.Comparator;

/** The grammar and the order of keys, the same for every store. */
public final class Keys {
    /** Most bytes of a key in UTF-8: the limit of S3. */
    public static final int KEY_BYTES_MAX = 1024;

    /**
     * Order of the keys' UTF-8 bytes, which is the order of their code points. {@link String#compareTo} differs: it puts
     * characters beyond U+FFFF before U+E000.
     */
    public static final Comparator<String> ORDER = Keys::compare;

    private Keys() {}

    /**
     * Refuses what is no key.
     *
     * @return the key
     * @throws StoreException of kind INVALID that says what is wrong with it
     */
    public static String check(String key) throws StoreException {
        int begin = 0;
        while (true) {
            int slash = key.indexOf('/', begin);
            int end = slash < 0 ? key.length() : slash;
            if (!isPart(key, begin, end)) {
                throw invalid(key, "a part between slashes is empty, '.' or '..'");
            }
            if (slash < 0) {
                break;
            }
            begin = slash + 1;
        }
        int bytes = utf8Length(key);
        if (bytes > KEY_BYTES_MAX) {
            throw invalid(key.substring(0, 40) + "…", "it has " + bytes + " bytes, at most " + KEY_BYTES_MAX + " fit");
        }
        return key;
    }

    /** Whether {@code key[begin, end)} may stand between two slashes of a key. */
    static boolean isPart(String key, int begin, int end) {
        int length = end - begin;
        boolean dots = length <= 2 && key.startsWith("..".substring(0, length), begin);
        return length > 0 && !dots;
    }

    /** Length in UTF-8, in bytes. */
    private static int utf8Length(String key) throws StoreException {
        int bytes = 0;
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (c == 0) {
                throw invalid(key.replace('\0', '?'), "it contains a NUL");
            } else if (c < 0x80) {
                bytes++;
            } else if (c < 0x800) {
                bytes += 2;
            } else if (!Character.isSurrogate(c)) {
                bytes += 3;
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < key.length()
                    && Character.isLowSurrogate(key.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else {
                throw invalid(key.replace(c, '?'), "it has half a surrogate pair, which UTF-8 cannot write");
            }
        }
        return bytes;
    }

    private static StoreException invalid(String key, String why) {
        return new StoreException(StoreException.Kind.INVALID, "'" + key + "' is no object key: " + why);
    }

    private static int compare(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                return Integer.compare(rank(x), rank(y));
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    /** Moves surrogates behind all other characters, where their code points are. */
    private static int rank(char c) {
        return Character.isSurrogate(c) ? c + 0x10000 : c;
    }
}
