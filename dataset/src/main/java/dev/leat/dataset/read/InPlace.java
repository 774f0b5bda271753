package dev.leat.dataset.read;

import dev.leat.cache.BlobSource;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Files of a source as blobs, uncopied: the end of the chain of tiers. A blob's name is a hash of the source, the path and the
 * version, so a cache finds its bytes again after a remount, and never those of another version.
 */
public final class InPlace implements BlobSource {
    private final Source source;

    /** Reads from {@code source}, which is not closed with it. */
    public InPlace(Source source) {
        this.source = source;
    }

    /** The blob of one version of a file that is not empty. */
    public Blob blob(String path, Facts version) {
        String validator = version.validator();
        if (validator == null || version.sizeBytes() < 1) {
            throw new IllegalArgumentException(path + " has no version, or no bytes: " + version);
        }
        return new Blob(id(path, validator, version.sizeBytes()), path, version.sizeBytes(), validator);
    }

    private BlobId id(String path, String validator, long sizeBytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : new String[] {source.location(), path, validator, Long.toString(sizeBytes)}) {
                digest.update(part.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
            }
            ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            return new BlobId(hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public void read(Blob blob, long offset, MemorySegment destination, long destinationOffset, int lengthBytes)
            throws IOException {
        ByteBuffer to = destination.asSlice(destinationOffset, lengthBytes).asByteBuffer();
        source.read(blob.key(), Facts.file(blob.sizeBytes(), Facts.UNKNOWN, blob.etag()), offset, to);
    }
}
