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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes pieces of files anew, together in one blob, and makes the files refer to it. What somebody changed while its bytes were copied
 * stays as that one left it: two clients that compact the same file waste work and do no harm, and a file that is written all the time is
 * compacted all the same.
 *
 * <p>Concurrency: any thread; several may run parts of one plan.
 */
public final class Compactor {
    /** Largest blob written, in bytes: that of a pack. */
    public static final long BLOB_BYTES_MAX = 64L << 20;

    /** Members of a pack over this size begin at a multiple of it, so that one copy of a page serves every reader. */
    private static final long ALIGNMENT_BYTES = 4096;

    /** Blobs that one commit takes references from: with what else it writes they fit into it. */
    private static final int SOURCES_MAX = 64;

    /** Pieces that one commit moves: they lie in few pages. */
    private static final int MOVES_MAX = 2_048;

    private final ContentStore content;
    private final Host host;

    /** A compactor whose bytes {@code host} moves. */
    public Compactor(ContentStore content, Host host) {
        this.content = content;
        this.host = host;
    }

    /** The mount that a compactor works for. */
    public interface Host {
        /**
         * Stores a blob that holds these pieces, and anything between them; durable when it returns.
         *
         * @param sizeBytes the blob's length
         */
        void copy(BlobId blob, long sizeBytes, List<Piece> pieces) throws IOException;

        /** Hears that a file's bytes lie elsewhere now. */
        void moved(long ino) throws FsException;
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
     * @throws IOException when bytes cannot be copied; what was not moved is as it was
     */
    public CompactionReport run(List<CompactionWork> works) throws IOException {
        CompactionReport report = CompactionReport.NONE;
        List<Member> members = new ArrayList<>();
        long end = 0;
        for (CompactionWork work : works) {
            Member member = member(work, end);
            if (member == null) {
                continue;
            }
            if (member.end() > BLOB_BYTES_MAX && !members.isEmpty()) {
                report = report.plus(write(members, end));
                members.clear();
                member = member(work, 0);
                if (member == null) {
                    continue;
                }
            }
            members.add(member);
            end = member.end();
        }
        return members.isEmpty() ? report : report.plus(write(members, end));
    }

    /** What is still true of some work: the pieces that the file still has. */
    private @Nullable Member member(CompactionWork work, long from) throws FsException {
        try {
            List<Extent> now = extents(work);
            List<Piece> pieces = new ArrayList<>();
            long at = from;
            if (work.bytes() > ALIGNMENT_BYTES) {
                at = (at + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
            }
            Set<Extent> same = new HashSet<>(now);
            for (Extent extent : work.extents()) {
                // Joined or cut differently meanwhile, or the same; anything else was written over.
                if (same.contains(extent)
                        || ExtentMap.joined(ExtentMap.slice(now, extent.fileOffset(), extent.fileEnd()))
                                .equals(List.of(extent))) {
                    pieces.add(new Piece(extent, at));
                    at += extent.lengthBytes();
                }
            }
            return pieces.isEmpty() ? null : new Member(work.ino(), pieces, at);
        } catch (FsException e) {
            if (isGone(e)) {
                return null;
            }
            throw e;
        }
    }

    private List<Extent> extents(CompactionWork work) throws FsException {
        FileView view = content.view(work.ino());
        List<Extent> all = view.extents();
        if (all != null) {
            return all;
        }
        if (view.inline() != null) {
            return List.of();
        }
        long from = work.extents().getFirst().fileOffset();
        return content.extents(view, from, work.extents().getLast().fileEnd() - from);
    }

    private static boolean isGone(FsException e) {
        return e.errno() == Errno.ESTALE || e.errno() == Errno.EINVAL;
    }

    private CompactionReport write(List<Member> members, long size) throws IOException {
        try (BlobLease lease = content.newBlob()) {
            List<Piece> pieces = new ArrayList<>();
            members.forEach(member -> pieces.addAll(member.pieces()));
            host.copy(lease.id(), size, pieces);
            NewBlob blob = new NewBlob(lease.id(), size);
            Map<Long, List<Edit.Move>> moves = new LinkedHashMap<>();
            long after = 0;
            @Nullable Piece last = null;
            for (Member member : members) {
                for (Piece piece : member.pieces()) {
                    moves.computeIfAbsent(member.ino(), _ -> new ArrayList<>())
                            .add(new Edit.Move(piece.source(), lease.id(), piece.blobOffset(), size));
                    after += continues(last, piece) ? 0 : 1;
                    last = piece;
                }
                last = null;
            }
            // The first commit that names the blob makes it known; the others find it there.
            boolean known = false;
            for (Map.Entry<Long, List<Edit.Move>> file : moves.entrySet()) {
                known = move(file.getKey(), file.getValue(), blob, known);
            }
            return new CompactionReport(pieces.size(), after, 1, size);
        }
    }

    private static boolean continues(@Nullable Piece last, Piece next) {
        return last != null && last.source().fileEnd() == next.source().fileOffset();
    }

    private boolean move(long ino, List<Edit.Move> moves, NewBlob blob, boolean knownBefore) throws FsException {
        boolean known = knownBefore;
        try {
            for (List<Edit.Move> some : commits(moves)) {
                known |= content.move(ino, some, known ? List.of() : List.of(blob)) != null;
            }
            content.repage(ino);
            host.moved(ino);
        } catch (FsException e) {
            if (!isGone(e)) {
                throw e;
            }
        }
        return known;
    }

    /** Cuts moves into parts that fit into one commit each. */
    private static List<List<Edit.Move>> commits(List<Edit.Move> moves) {
        List<List<Edit.Move>> commits = new ArrayList<>();
        List<Edit.Move> some = new ArrayList<>();
        Set<BlobId> sources = new HashSet<>();
        for (Edit.Move move : moves) {
            sources.add(move.source().blob());
            if (sources.size() > SOURCES_MAX || some.size() == MOVES_MAX) {
                commits.add(some);
                some = new ArrayList<>();
                sources.clear();
                sources.add(move.source().blob());
            }
            some.add(move);
        }
        commits.add(some);
        return commits;
    }

    /** A file's part of a new blob. */
    private record Member(long ino, List<Piece> pieces, long end) {}
}
