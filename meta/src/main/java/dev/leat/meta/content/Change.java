package dev.leat.meta.content;

import dev.leat.meta.engine.Stamp;
import dev.leat.meta.fs.ContentVersion;
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
 * @param base the content that the edits were made on; null for whichever is there
 * @param again the record that an earlier try of the same edits has made of that; null if there was none
 * @param edits changes of content, in order
 * @param blobs those that the metadata does not know yet
 * @param attributes changes of everything else, applied to the record with its new content
 */
record Change(
        long ino,
        @Nullable ContentVersion base,
        @Nullable Stamp again,
        List<Edit> edits,
        List<NewBlob> blobs,
        UnaryOperator<FileRecord> attributes) {
    /** A change of whatever record is there. */
    static Change ofAny(long ino, List<Edit> edits, List<NewBlob> blobs, UnaryOperator<FileRecord> attributes) {
        return new Change(ino, null, null, edits, blobs, attributes);
    }

    /** Whether the content is another than the edits were made on: what was appended goes to the end of that. */
    boolean isMoved(FileRef now) {
        return base == null
                || !(now.file().version().equals(base) || now.stamp().equals(again));
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
