package dev.leat.dataset.shard;

import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.store.StoreException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;

/** Reads one shard from its first byte to its last, in large ranges, and sums up all of it. */
final class ShardInput {
    private static final int RANGE_BYTES = 4 << 20;

    private final Source source;
    private final String path;
    private final Facts facts;
    private final LongConsumer progress;
    private final MessageDigest digest = ShardPlan.sha256();
    private final ByteBuffer window;
    private long fetched;
    private long position;

    /**
     * Of one version of a file.
     *
     * @param window room for a range ({@link #room}), for the input's life
     * @param progress takes bytes as they are read
     */
    ShardInput(Source source, String path, Facts facts, ByteBuffer window, LongConsumer progress) {
        this.source = source;
        this.path = path;
        this.facts = facts;
        this.window = window.clear().limit(0);
        this.progress = progress;
    }

    /** Room for a range. It is used for one shard after the other, since memory outside of the heap is freed late. */
    static ByteBuffer room() {
        return ByteBuffer.allocateDirect(RANGE_BYTES);
    }

    long position() {
        return position;
    }

    long remaining() {
        return facts.sizeBytes() - position;
    }

    /** The next bytes, as many as are wanted; the caller has looked at {@link #remaining}. */
    byte[] take(int length) throws StoreException {
        byte[] bytes = new byte[length];
        int at = 0;
        while (at < length) {
            ByteBuffer some = some(length - at);
            int got = some.remaining();
            some.get(bytes, at, got);
            at += got;
        }
        return bytes;
    }

    /** Passes over bytes, which count into sums. */
    void pass(long length, CRC32C... sums) throws StoreException {
        long left = length;
        while (left > 0) {
            ByteBuffer some = some(left);
            left -= some.remaining();
            for (CRC32C sum : sums) {
                sum.update(some.duplicate());
            }
        }
    }

    private ByteBuffer some(long wanted) throws StoreException {
        if (!window.hasRemaining()) {
            window.clear().limit((int) Math.min(RANGE_BYTES, facts.sizeBytes() - fetched));
            source.read(path, facts, fetched, window);
            window.flip();
            fetched += window.remaining();
            digest.update(window.duplicate());
            progress.accept(window.remaining());
        }
        int some = (int) Math.min(wanted, window.remaining());
        ByteBuffer slice = window.slice(window.position(), some);
        window.position(window.position() + some);
        position += some;
        return slice;
    }

    /** Reads what is left, and gives the SHA-256 of all. */
    String sha256() throws StoreException {
        pass(remaining());
        return HexFormat.of().formatHex(digest.digest());
    }
}
