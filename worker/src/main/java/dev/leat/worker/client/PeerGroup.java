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
 * The workers of a mount, asked for any number of sources over the same connections.
 *
 * <p>Concurrency: all methods from any thread.
 */
public final class PeerGroup implements AutoCloseable {
    /** The unit of ownership, which is that of fetching: a block of the cache. */
    private static final int BLOCK_SHIFT = 22;

    private static final int BLOCK_BYTES = 1 << BLOCK_SHIFT;

    private final Membership membership;
    private final PeerOptions options;
    private final Stalls stalls = new Stalls("peer-stalls");
    private final Map<String, Peer> peers = new ConcurrentHashMap<>();
    private final AtomicInteger requests = new AtomicInteger();

    /** Asks whoever is a member when a block is read. */
    public PeerGroup(Membership membership, PeerOptions options) {
        this.membership = membership;
        this.options = options;
    }

    /**
     * Reads blocks of a source from the workers that own them, and from {@code store} what they do not give.
     *
     * @param source identity of the source, the same as the workers have for it
     * @param store the end of the chain
     */
    public BlobSource before(String source, BlobSource store) {
        return (blob, offset, destination, destinationOffset, lengthBytes) -> {
            int done = 0;
            while (done < lengthBytes) {
                long at = offset + done;
                int piece = Math.min(lengthBytes - done, BLOCK_BYTES - (int) (at & (BLOCK_BYTES - 1)));
                if (!fromOwner(source, blob, at, destination.asSlice(destinationOffset + done, piece), piece)) {
                    store.read(blob, at, destination, destinationOffset + done, piece);
                }
                done += piece;
            }
        };
    }

    /**
     * Reads blocks of a source from the workers that own them, and nowhere else: for who wants a worker to have them.
     *
     * @param source identity of the source, the same as the workers have for it
     * @return fails in one line when a worker does not give them
     */
    public BlobSource owners(String source) {
        return (blob, offset, destination, destinationOffset, lengthBytes) -> {
            int done = 0;
            while (done < lengthBytes) {
                long at = offset + done;
                int piece = Math.min(lengthBytes - done, BLOCK_BYTES - (int) (at & (BLOCK_BYTES - 1)));
                if (!fromOwner(source, blob, at, destination.asSlice(destinationOffset + done, piece), piece)) {
                    throw new IOException(trouble());
                }
                done += piece;
            }
        };
    }

    private String trouble() {
        return workers().stream()
                .filter(worker -> !worker.trouble().isEmpty())
                .map(worker -> "worker " + worker.member() + ": " + worker.trouble())
                .findFirst()
                .orElse("the workers are busy");
    }

    private boolean fromOwner(String source, Blob blob, long at, MemorySegment to, int length) throws IOException {
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
