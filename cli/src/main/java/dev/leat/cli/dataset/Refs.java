package dev.leat.cli.dataset;

import dev.leat.cli.CliException;
import dev.leat.dataset.registry.VersionRef;

/** Names of versions as users type them. */
public final class Refs {
    private Refs() {}

    /** A version that is named; what is no name is misuse. */
    public static VersionRef parse(String text) {
        try {
            return VersionRef.parse(text);
        } catch (IllegalArgumentException e) {
            throw CliException.misused(String.valueOf(e.getMessage()));
        }
    }

    /** A name, a version or a tag; what is none is misuse. */
    static String word(String what, String text) {
        try {
            return VersionRef.word(what, text);
        } catch (IllegalArgumentException e) {
            throw CliException.misused(String.valueOf(e.getMessage()));
        }
    }
}
