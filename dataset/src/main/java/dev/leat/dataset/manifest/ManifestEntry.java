package dev.leat.dataset.manifest;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import org.jspecify.annotations.Nullable;

/**
 * One name of a sealed tree.
 *
 * <p>What belongs to the identity of the tree: path, kind, mode, a file's length and what its bytes are known by, a link's
 * target. What does not: time, owner, and the validator where there is a digest: so copies of the same bytes have the same
 * identity.
 *
 * @param path names from the root joined by slashes, as their UTF-8 bytes order them; the root is the empty path
 * @param kind what it is
 * @param mode the lower nine bits of the mode; {@link #NONE} where the source has none, and of links
 * @param uid owner; {@link #NONE} where the source has none: then who mounts decides
 * @param gid group; {@link #NONE} where the source has none
 * @param sizeBytes length of a file in bytes, else 0
 * @param modifiedEpochMs time of the last change in milliseconds since 1970; {@link Facts#UNKNOWN} if nobody knows it, which is shown
 *     as 0
 * @param validator what changes whenever a file's bytes do, in the source's own words; null of what is no file
 * @param content digest of a file's bytes; null of what is no file, and in a weak seal
 * @param target what a link says, else null
 */
public record ManifestEntry(
        String path,
        EntryKind kind,
        int mode,
        int uid,
        int gid,
        long sizeBytes,
        long modifiedEpochMs,
        @Nullable String validator,
        @Nullable Sha256 content,
        @Nullable String target) {
    /** Stands for a mode or an owner that the source does not have. */
    public static final int NONE = -1;

    /** Set-id bits of files that others wrote mean nothing here. */
    private static final int PERMISSIONS = 0777;

    /** What a source tells of a path, before anything was read. */
    public static ManifestEntry of(String path, Facts facts) {
        Facts.Permission owner = facts.permission();
        boolean file = facts.kind() == EntryKind.FILE;
        boolean link = facts.kind() == EntryKind.LINK;
        return new ManifestEntry(
                path,
                facts.kind(),
                owner == null || link ? NONE : owner.mode() & PERMISSIONS,
                owner == null ? NONE : owner.uid(),
                owner == null ? NONE : owner.gid(),
                file ? facts.sizeBytes() : 0,
                facts.modifiedEpochMs(),
                file ? facts.validator() : null,
                null,
                link ? facts.target() : null);
    }

    /** The same with the digest of its bytes. */
    public ManifestEntry with(Sha256 digest) {
        return new ManifestEntry(path, kind, mode, uid, gid, sizeBytes, modifiedEpochMs, validator, digest, target);
    }

    /** The same, changed last at a time. */
    public ManifestEntry modified(long epochMs) {
        return new ManifestEntry(path, kind, mode, uid, gid, sizeBytes, epochMs, validator, content, target);
    }

    /** Whether it is a file. */
    public boolean isFile() {
        return kind == EntryKind.FILE;
    }

    /** Whether it is a directory. */
    public boolean isDirectory() {
        return kind == EntryKind.DIRECTORY;
    }

    /** The file's version, as a source wants it told when it is read. */
    public Facts version() {
        return Facts.file(sizeBytes, modifiedEpochMs, validator);
    }
}
