package dev.leat.meta.content;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.BlobLease;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.NewBlob;
import dev.leat.store.BlobId;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one call to publish makes on the way and keeps over its attempts: ids of page generations, blobs of spilled content. All leases
 * end with it, when everything is committed or given up.
 *
 * <p>Concurrency: the publishing thread only.
 */
final class PublishScope implements AutoCloseable {
    private final BlobIds ids;
    private final InlineSpill spill;
    private final List<BlobLease> leases = new ArrayList<>();
    private final Map<Long, BlobId> generations = new HashMap<>();
    private final Map<Bytes, NewBlob> spilled = new HashMap<>();
    private final Map<BlobId, Long> fresh = new HashMap<>();

    PublishScope(BlobIds ids, InlineSpill spill) {
        this.ids = ids;
        this.spill = spill;
    }

    /** The blobs that the metadata does not know, with their sizes. */
    Map<BlobId, Long> fresh() {
        return fresh;
    }

    /** These blobs are complete in the store. */
    void announce(List<NewBlob> blobs) {
        blobs.forEach(blob -> fresh.put(blob.id(), blob.sizeBytes()));
    }

    /** The metadata knows these blobs from now on. */
    void committed(Set<BlobId> blobs) {
        fresh.keySet().removeAll(blobs);
    }

    /** The id of a new generation of an inode's pages: the same one at each attempt, until it is used. */
    BlobId generation(long ino) {
        return generations.computeIfAbsent(ino, any -> lease());
    }

    /** The generation was used, or begun: the next one is another. */
    void generationUsed(long ino) {
        generations.remove(ino);
    }

    /** Puts content that must leave its record into a blob. */
    NewBlob spill(Bytes content) throws FsException {
        NewBlob known = spilled.get(content);
        if (known != null) {
            return known;
        }
        NewBlob blob = new NewBlob(lease(), content.length());
        try {
            spill.store(blob.id(), content);
        } catch (IOException e) {
            throw new FsException(
                    Errno.EIO,
                    "the " + content.length() + " bytes of a small file that grows cannot be stored: " + e.getMessage(),
                    e);
        }
        spilled.put(content, blob);
        announce(List.of(blob));
        return blob;
    }

    @Override
    public void close() {
        leases.forEach(BlobLease::close);
    }

    private BlobId lease() {
        BlobLease lease = ids.lease();
        leases.add(lease);
        return lease.id();
    }
}
