package dev.leat.worker.server;

import dev.leat.cache.BlobSource;
import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The sources of a worker behind its one cache, which bounds what all of them may take together. In the cache a blob has a
 * name made from its source's and its own, and a key in which both are written.
 */
public final class ServedSources implements BlobSource {
    private static final char SEPARATOR = '\n';
    private static final int ID_DIGITS = 32;
    private static final int HEX = 16;

    private volatile Map<String, ServedSource> sources = Map.of();

    /** Serves from these; each has another identity. */
    public ServedSources(List<ServedSource> served) {
        set(served);
    }

    /** Serves from these from now on. What is under way for another one ends as its source lets it. */
    public void set(List<ServedSource> served) {
        Map<String, ServedSource> all = new LinkedHashMap<>();
        for (ServedSource source : served) {
            if (source.identity().indexOf(SEPARATOR) >= 0 || all.put(source.identity(), source) != null) {
                throw new IllegalArgumentException("source " + source.identity() + " is served twice");
            }
        }
        sources = all;
    }

    /** Their identities. */
    public Set<String> identities() {
        return Set.copyOf(sources.keySet());
    }

    /** What goes by this identity; null if nothing does. */
    @Nullable
    ServedSource find(String identity) {
        return sources.get(identity);
    }

    /** The blob as the worker's cache knows it. */
    static Blob cached(ServedSource source, Blob blob) {
        String key = source.identity() + SEPARATOR + blob.id() + blob.key();
        return new Blob(id(source.identity(), blob.id()), key, blob.sizeBytes(), blob.etag());
    }

    private static BlobId id(String identity, BlobId blob) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(identity.getBytes(StandardCharsets.UTF_8));
            digest.update(ByteBuffer.allocate(16)
                    .putLong(blob.session())
                    .putLong(blob.sequence())
                    .flip());
            ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            return new BlobId(hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public void read(Blob blob, long offset, MemorySegment destination, long destinationOffset, int lengthBytes)
            throws IOException {
        String key = blob.key();
        int end = key.indexOf(SEPARATOR);
        ServedSource source = sources.get(key.substring(0, end));
        if (source == null) {
            throw new IOException("source " + key.substring(0, end) + " is not served any more");
        }
        int from = end + 1;
        BlobId id = new BlobId(
                Long.parseUnsignedLong(key, from, from + ID_DIGITS / 2, HEX),
                Long.parseUnsignedLong(key, from + ID_DIGITS / 2, from + ID_DIGITS, HEX));
        Blob own = new Blob(id, key.substring(from + ID_DIGITS), blob.sizeBytes(), blob.etag());
        source.bytes().read(own, offset, destination, destinationOffset, lengthBytes);
    }
}
