package dev.leat.meta.content;

import dev.leat.meta.engine.Stamp;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.NewBlob;
import dev.leat.meta.record.FileRecord;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What is to be changed about one file in one commit.
 *
 * @param ino the file
 * @param base the record that the edits were made on; null for whichever is there
 * @param edits changes of content, in order
 * @param blobs those that the metadata does not know yet
 * @param attributes changes of everything else, applied to the record with its new content
 */
record Change(
        long ino, @Nullable Stamp base, List<Edit> edits, List<NewBlob> blobs, UnaryOperator<FileRecord> attributes) {
    /** Whether the record is another than the edits were made on. */
    boolean isMoved(FileRef now) {
        return base == null || !base.equals(now.stamp());
    }

    /** Whether the result holds what others changed since. */
    boolean isMerged(FileRef now) {
        return base != null && isMoved(now);
    }

    /** Whether the plan for this change does nothing: it would have moved bytes that are no longer there. */
    boolean isIdle(Plan plan) {
        return !edits.isEmpty()
                && plan.deltas().isEmpty()
                && edits.stream().allMatch(edit -> edit instanceof Edit.Move);
    }
}
