package dev.leat.meta.content;

import dev.leat.meta.fs.BlobLease;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.NewBlob;
import dev.leat.store.BlobId;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes pieces of files anew, together in one blob, and makes the files refer to it. A file that somebody changed while its bytes were
 * copied keeps what it has; it is left to a later plan.
 */
public final class Compactor {
    /** Largest blob written, in bytes: that of a pack. */
    public static final long BLOB_BYTES_MAX = 64L << 20;

    /** Members of a pack over this size begin at a multiple of it, so that one copy of a page serves every reader. */
    private static final long ALIGNMENT_BYTES = 4096;

    private final ContentStore content;
    private final Copier copier;

    /** A compactor whose bytes {@code copier} moves. */
    public Compactor(ContentStore content, Copier copier) {
        this.content = content;
        this.copier = copier;
    }

    /** Moves bytes from blobs to a new one. */
    @FunctionalInterface
    public interface Copier {
        /**
         * Stores a blob that holds these pieces, and anything between them; durable when it returns.
         *
         * @param sizeBytes the blob's length
         */
        void copy(BlobId blob, long sizeBytes, List<Piece> pieces) throws IOException;
    }

    /**
     * A piece of a new blob.
     *
     * @param source where its bytes are now
     * @param blobOffset where they go
     */
    public record Piece(Extent source, long blobOffset) {}

    /**
     * Does a part of a plan.
     *
     * @return how many bytes files refer to in their new place
     * @throws IOException when bytes cannot be copied; files are as they were
     */
    public long run(List<CompactionWork> works) throws IOException {
        long moved = 0;
        List<Member> members = new ArrayList<>();
        long end = 0;
        for (CompactionWork work : works) {
            Member member = member(work, end);
            if (member == null) {
                continue;
            }
            if (member.end() > BLOB_BYTES_MAX && !members.isEmpty()) {
                moved += write(members, end);
                members.clear();
                member = member(work, 0);
                if (member == null) {
                    continue;
                }
            }
            members.add(member);
            end = member.end();
        }
        return members.isEmpty() ? moved : moved + write(members, end);
    }

    /** What is still true of some work: the pieces that the file still has. */
    private @Nullable Member member(CompactionWork work, long from) throws FsException {
        try {
            FileView view = content.view(work.ino());
            Set<Extent> now = new HashSet<>(extents(view, work));
            List<Piece> pieces = new ArrayList<>();
            long at = from;
            if (work.bytes() > ALIGNMENT_BYTES) {
                at = (at + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
            }
            for (Extent extent : work.extents()) {
                if (now.contains(extent)) {
                    pieces.add(new Piece(extent, at));
                    at += extent.lengthBytes();
                }
            }
            return pieces.isEmpty() ? null : new Member(view, pieces, at);
        } catch (FsException e) {
            if (e.errno() == Errno.ESTALE) {
                return null;
            }
            throw e;
        }
    }

    private List<Extent> extents(FileView view, CompactionWork work) throws FsException {
        List<Extent> all = view.extents();
        if (all != null) {
            return all;
        }
        if (view.inline() != null) {
            return List.of();
        }
        long from = work.extents().getFirst().fileOffset();
        return content.extentsAsStored(view, from, work.extents().getLast().fileEnd() - from);
    }

    private long write(List<Member> members, long size) throws IOException {
        try (BlobLease lease = content.newBlob()) {
            List<Piece> pieces = new ArrayList<>();
            members.forEach(member -> pieces.addAll(member.pieces()));
            copier.copy(lease.id(), size, pieces);
            long moved = 0;
            Map<Long, FileView> latest = new HashMap<>();
            for (Member member : members) {
                List<Edit> edits = new ArrayList<>();
                long bytes = 0;
                for (Piece piece : member.pieces()) {
                    Extent source = piece.source();
                    edits.add(new Edit.Overlay(
                            source.fileOffset(), source.lengthBytes(), lease.id(), piece.blobOffset(), size));
                    bytes += source.lengthBytes();
                }
                long ino = member.view().attr().ino();
                // Of a file with several parts the earlier ones have changed the record, here and not elsewhere.
                FileView base = latest.getOrDefault(ino, member.view());
                FileView after = content.replace(base, edits, List.of(new NewBlob(lease.id(), size)));
                if (after != null) {
                    latest.put(ino, after);
                    moved += bytes;
                }
            }
            return moved;
        }
    }

    /** A file's part of a new blob. */
    private record Member(FileView view, List<Piece> pieces, long end) {}
}
