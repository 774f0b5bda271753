package dev.leat.meta.fsck;

import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Key;
import org.jspecify.annotations.Nullable;

/**
 * Something that does not agree.
 *
 * @param kind how bad it is
 * @param identity the same for the same problem seen again, also where a busy volume has changed its numbers meanwhile
 * @param line what it is, for people
 * @param counter the count that is wrong, for {@link Kind#COUNT}
 * @param correction what to merge into it
 */
public record Problem(
        Kind kind,
        String identity,
        String line,
        @Nullable Key counter,
        @Nullable Cell correction) {
    /** How bad a problem is. */
    public enum Kind {
        /** Data or names are lost or cannot be reached, or may become so. */
        BROKEN,
        /** A count is wrong that can be worked out from the rest: {@code --repair} does. */
        COUNT,
        /** Something takes room and is used by nothing; garbage collection is to find it. */
        GARBAGE
    }

    static Problem broken(String subject, String what) {
        return new Problem(Kind.BROKEN, subject + " " + what, subject + ": " + what, null, null);
    }

    static Problem garbage(String subject, String what) {
        return new Problem(Kind.GARBAGE, subject + " " + what, subject + ": " + what, null, null);
    }

    static Problem count(String subject, String what, String numbers, Key counter, Cell correction) {
        return new Problem(
                Kind.COUNT,
                subject + " " + what + " " + correction.sums()[0] + " " + correction.sums().length,
                subject + ": " + what + " " + numbers,
                counter,
                correction);
    }
}
