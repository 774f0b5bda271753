package dev.leat.meta.content;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.record.FileRecord;
import dev.leat.store.BlobId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a change comes to on a given record. Either all of it fits into one commit, or {@link #whole} has the file's whole new list of extents, which
 * must be written as a new generation of pages first.
 *
 * @param file the new record
 * @param pages pages to put and to delete
 * @param deltas by how many bytes references to each blob grow or shrink; in a plan with {@code whole} those of the record alone, which are lost with it
 * @param unused a generation of pages that the new record leaves behind, to be taken apart later
 * @param whole all extents, where they take more than one commit; else null
 */
record Plan(
        FileRecord file,
        List<Write> pages,
        Map<BlobId, Long> deltas,
        @Nullable Key unused,
        @Nullable List<Extent> whole) {
    private static final byte[] NOTHING = {};

    /** Everything to write but the record. */
    List<Write> writes() {
        List<Write> writes = new ArrayList<>(pages);
        if (unused != null) {
            writes.add(new Write.Put(unused, NOTHING));
        }
        return writes;
    }
}
