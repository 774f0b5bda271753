package dev.leat.dataset.registry;

import dev.leat.dataset.manifest.Sha256;
import java.util.regex.Pattern;

/**
 * Names a version: a data set, and one of its versions, tags or digests.
 *
 * @param name the data set
 * @param version a version, a tag, or {@code sha256:…}, the identity of the tree
 */
public record VersionRef(String name, String version) {
    /** What names and versions are made of. */
    public static final String GRAMMAR =
            "1 to 128 letters, digits, dots, dashes and underscores, a letter or digit first";

    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final String SCHEME = "dataset://";

    /** Checks both parts. */
    public VersionRef {
        word("name", name);
        if (Sha256.isWritten(version)) {
            Sha256.parse(version);
        } else {
            word("version", version);
        }
    }

    /** Whether a text is the address of a version, as {@code leat mount} takes it. */
    public static boolean isAddress(String text) {
        return text.startsWith(SCHEME);
    }

    /**
     * Reads {@code NAME@VERSION}, with or without {@code dataset://} before it.
     *
     * @throws IllegalArgumentException with one line
     */
    public static VersionRef parse(String text) {
        String rest = isAddress(text) ? text.substring(SCHEME.length()) : text;
        int at = rest.indexOf('@');
        if (at < 0) {
            throw new IllegalArgumentException(
                    "'" + text + "' names no version; write NAME@VERSION, NAME@TAG or NAME@sha256:…");
        }
        return new VersionRef(rest.substring(0, at), rest.substring(at + 1));
    }

    /**
     * Checks a name, a version or a tag.
     *
     * @throws IllegalArgumentException with one line
     */
    public static String word(String what, String text) {
        if (!WORD.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + text + "' is no " + what + "; write " + GRAMMAR);
        }
        return text;
    }

    /** Whether the version is told by its digest. */
    public boolean isDigest() {
        return Sha256.isWritten(version);
    }

    @Override
    public String toString() {
        return name + "@" + version;
    }
}
