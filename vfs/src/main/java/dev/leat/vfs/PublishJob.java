package dev.leat.vfs;

import dev.leat.meta.fs.ContentVersion;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.Time;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What one publication of a file makes visible, settled under the file's lock; whoever runs it owns the file's publishing
 * permit.
 *
 * @param file the file
 * @param base the content that they were written on
 * @param ranges dirty ranges, in order; each was appended as a whole or not at all
 * @param appended the part of them that was appended
 * @param inline the edits when the bytes go into the record, else null
 * @param stream an upload under way that holds a range from its own start on, else null
 * @param mtime time of the last write, or null if only something else changed
 * @param killPrivileges whether setuid and setgid go
 * @param changes what the file had gone through, see {@link OpenInode#changes}
 * @param durable whether it must survive power loss
 * @param done completes when it is visible, or fails with an IOException
 */
record PublishJob(
        OpenInode file,
        ContentVersion base,
        List<RangeSet.Range> ranges,
        RangeSet appended,
        @Nullable List<Edit> inline,
        @Nullable StreamUpload stream,
        @Nullable Time mtime,
        boolean killPrivileges,
        long changes,
        boolean durable,
        CompletableFuture<Void> done) {

    /** Bytes to send to the store. */
    long bytes() {
        long total = 0;
        for (RangeSet.Range range : ranges) {
            total += range.lengthBytes();
        }
        return total;
    }
}
