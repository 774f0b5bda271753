package dev.leat.meta.fs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes of one file that become visible together.
 *
 * @param ino the file; may be unlinked already, then only its orphan record changes
 * @param base the content that the edits were made on; when another client changed it meanwhile the edits are applied on top of that, range by range
 * @param edits in order
 * @param mtime new modification time, or null for the present
 * @param blobs the blobs named in {@code edits} that the metadata does not know yet
 * @param killPrivileges whether setuid and setgid are cleared, as writing by an ordinary user does
 */
public record Publication(
        long ino,
        @Nullable ContentVersion base,
        List<Edit> edits,
        @Nullable Time mtime,
        List<NewBlob> blobs,
        boolean killPrivileges) {}
