package dev.leat.worker.client;

import dev.leat.cache.BlobSource;
import dev.leat.store.Blob;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Reads blocks from the workers that own them, and from the store what they do not give. A worker fetches a block once for
 * all mounts; one that is slow, dead, or sends damaged bytes is left alone for a while, and its blocks come from the store.
 */
public final class PeerSource implements BlobSource, AutoCloseable {
    private final PeerGroup group;
    private final BlobSource chain;

    /**
     * Reads blobs of one source.
     *
     * @param source identity of the source, the same as the workers have for it
     * @param store the end of the chain; not closed with this
     */
    public PeerSource(String source, Membership membership, PeerOptions options, BlobSource store) {
        group = new PeerGroup(membership, options);
        chain = group.before(source, store);
    }

    @Override
    public void read(Blob blob, long offset, MemorySegment destination, long destinationOffset, int lengthBytes)
            throws IOException {
        chain.read(blob, offset, destination, destinationOffset, lengthBytes);
    }

    /** The workers that it asks. */
    public PeerGroup group() {
        return group;
    }

    /** What is known of each worker now. */
    public List<PeerSnapshot> workers() {
        return group.workers();
    }

    @Override
    public void close() {
        group.close();
    }
}
