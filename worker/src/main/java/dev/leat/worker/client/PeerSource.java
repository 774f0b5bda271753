package dev.leat.worker.client;

import dev.leat.cache.BlobSource;
import dev.leat.store.Blob;
import dev.leat.worker.wire.ReadRequest;
import dev.leat.worker.wire.Stalls;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads blocks from the workers that own them, and from the store what they do not give. A worker fetches a block once for
 * all mounts; one that is slow, dead, or sends damaged bytes is left alone for a while, and its blocks come from the store.
 */
public final class PeerSource implements BlobSource, AutoCloseable {
    /** The unit of ownership, which is that of fetching: a block of the cache. */
    private static final int BLOCK_SHIFT = 22;

    private static final int BLOCK_BYTES = 1 << BLOCK_SHIFT;

    private final String source;
    private final Membership membership;
    private final PeerOptions options;
    private final BlobSource store;
    private final Stalls stalls = new Stalls("peer-stalls");
    private final Map<String, Peer> peers = new ConcurrentHashMap<>();
    private final AtomicInteger requests = new AtomicInteger();

    /**
     * Reads blobs of one source.
     *
     * @param source identity of the source, the same as the workers have for it
     * @param store the end of the chain; not closed with this
     */
    public PeerSource(String source, Membership membership, PeerOptions options, BlobSource store) {
        this.source = source;
        this.membership = membership;
        this.options = options;
        this.store = store;
    }

    @Override
    public void read(Blob blob, long offset, MemorySegment destination, long destinationOffset, int lengthBytes)
            throws IOException {
        int done = 0;
        while (done < lengthBytes) {
            long at = offset + done;
            int piece = Math.min(lengthBytes - done, BLOCK_BYTES - (int) (at & (BLOCK_BYTES - 1)));
            if (!fromOwner(blob, at, destination.asSlice(destinationOffset + done, piece), piece)) {
                store.read(blob, at, destination, destinationOffset + done, piece);
            }
            done += piece;
        }
    }

    private boolean fromOwner(Blob blob, long at, MemorySegment to, int length) throws IOException {
        List<String> members = membership.members();
        if (members.isEmpty()) {
            return false;
        }
        String owner = Owners.of(members, blob.id(), (int) (at >>> BLOCK_SHIFT));
        ReadRequest request = new ReadRequest(requests.incrementAndGet(), source, blob, at, length);
        return peer(owner).read(request, to);
    }

    private Peer peer(String member) {
        return peers.computeIfAbsent(member, name -> new Peer(name, options, stalls));
    }

    /** What is known of each worker now. */
    public List<PeerSnapshot> workers() {
        return membership.members().stream()
                .map(member -> peer(member).snapshot())
                .toList();
    }

    @Override
    public void close() {
        peers.values().forEach(Peer::close);
        stalls.close();
    }
}
