package dev.leat.dataset.source;

import org.jspecify.annotations.Nullable;

/**
 * What a source tells about one name. A listing may know less than {@link Source#facts}, which knows all of it.
 *
 * @param kind what it is
 * @param sizeBytes length of a file or of a link's target in bytes; {@link #UNKNOWN} where a listing rounds it or leaves it out
 * @param modifiedEpochMs last change by the source's clock, in milliseconds since 1970; {@link #UNKNOWN} where it says nothing, or
 *     of a file only the minute
 * @param validator what changes whenever a file's bytes do, in the source's own words; null where a listing does not tell
 * @param permission owner and mode, where the source has such things
 * @param target what a link says
 */
public record Facts(
        EntryKind kind,
        long sizeBytes,
        long modifiedEpochMs,
        @Nullable String validator,
        @Nullable Permission permission,
        @Nullable String target) {
    /** Stands for a size or a time that is not known. */
    public static final long UNKNOWN = -1;

    /**
     * Who may do what.
     *
     * @param uid owner
     * @param gid group
     * @param mode the lower twelve bits of the mode
     */
    public record Permission(int uid, int gid, int mode) {}

    /** A directory of which nothing more is known. */
    public static Facts directory(long modifiedEpochMs) {
        return new Facts(EntryKind.DIRECTORY, 0, modifiedEpochMs, null, null, null);
    }

    /** A file of a source without owners. */
    public static Facts file(long sizeBytes, long modifiedEpochMs, @Nullable String validator) {
        return new Facts(EntryKind.FILE, sizeBytes, modifiedEpochMs, validator, null, null);
    }

    /** Whether the length of a file is known to the byte. */
    public boolean isSized() {
        return sizeBytes != UNKNOWN;
    }

    /** Whether all is known that {@code stat} shows: a time that a listing rounds counts as not known. */
    public boolean isShowable() {
        return isConfirmed() || (isSized() && modifiedEpochMs != UNKNOWN);
    }

    /** Whether the bytes can be told from those of another version. */
    public boolean isConfirmed() {
        return kind != EntryKind.FILE || (validator != null && isSized());
    }
}
