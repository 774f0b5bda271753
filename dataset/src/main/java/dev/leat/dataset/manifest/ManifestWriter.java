package dev.leat.dataset.manifest;

import dev.leat.dataset.source.Facts;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Writes a manifest: entries in the order of their paths' bytes, the root first, each in a directory before it. The bytes follow
 * from the entries alone. Nothing is kept but the chunk being filled.
 *
 * <p>A manifest is {@code LEATMAN1}, a letter for the strength, and {@link Chunks}, whose last one holds counts and digests.
 */
public final class ManifestWriter implements AutoCloseable {
    static final byte[] MAGIC = "LEATMAN1".getBytes(StandardCharsets.US_ASCII);
    static final int TRAILER_BYTES = 4 * Long.BYTES + 2 * Sha256.BYTES;

    /** What the digests begin with, so that they are those of nothing else. */
    private static final byte[] TREE = "leat tree 1\n".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] MANIFEST = "leat manifest 1\n".getBytes(StandardCharsets.US_ASCII);

    private final Strength strength;
    private final Chunks.Out chunks;
    private final EntryCodec codec = new EntryCodec();
    private final ByteBuffer plain = ByteBuffer.allocate(Chunks.CHUNK_BYTES_MAX);
    private final Ancestors ancestors = new Ancestors();
    private final ManifestSummary.Count count = new ManifestSummary.Count();
    private final MessageDigest tree = beginTree();
    private final MessageDigest manifest = beginManifest(MANIFEST);

    /** Begins a manifest; {@code to} is not closed with it. */
    public ManifestWriter(OutputStream to, Strength strength) throws IOException {
        this.strength = strength;
        this.chunks = new Chunks.Out(to);
        to.write(MAGIC);
        to.write(strength.code());
    }

    static MessageDigest beginTree() {
        return beginManifest(TREE);
    }

    static MessageDigest beginManifest() {
        return beginManifest(MANIFEST);
    }

    private static MessageDigest beginManifest(byte[] what) {
        MessageDigest digest = Sha256.begin();
        digest.update(what);
        return digest;
    }

    /**
     * Adds the next entry.
     *
     * @throws ManifestException if it is out of order, in no directory, or a file without what its bytes are known by
     */
    public void add(ManifestEntry entry) throws IOException {
        requireProof(entry, strength);
        ancestors.next(entry.path(), entry.isDirectory(), 0);
        if (plain.position() >= Chunks.FILL_BYTES) {
            chunk();
        }
        int begin = plain.position();
        codec.identity(entry, plain);
        tree.update(plain.array(), begin, plain.position() - begin);
        codec.facts(entry, plain);
        count.add(entry);
    }

    static void requireProof(ManifestEntry entry, Strength strength) throws ManifestException {
        if (!entry.isFile()) {
            return;
        }
        boolean proven = entry.validator() != null && (entry.content() != null) == (strength == Strength.STRONG);
        if (!proven || entry.sizeBytes() == Facts.UNKNOWN) {
            throw new ManifestException("'" + entry.path() + "' is not known by what a " + strength + " seal needs");
        }
    }

    private void chunk() throws IOException {
        manifest.update(plain.array(), 0, plain.position());
        chunks.write(plain.array(), plain.position());
        plain.clear();
    }

    /** Ends the manifest and tells what it comes to. */
    public ManifestSummary finish() throws IOException {
        if (plain.position() > 0) {
            chunk();
        }
        ManifestSummary summary = count.with(strength, Sha256.of(tree), Sha256.of(manifest));
        if (summary.directories() == 0) {
            throw new ManifestException("a manifest has a root at least");
        }
        chunks.end(trailer(summary));
        return summary;
    }

    static byte[] trailer(ManifestSummary summary) {
        ByteBuffer trailer = ByteBuffer.allocate(TRAILER_BYTES);
        trailer.putLong(summary.files()).putLong(summary.directories());
        trailer.putLong(summary.links()).putLong(summary.bytes());
        summary.tree().write(trailer);
        summary.manifest().write(trailer);
        return trailer.array();
    }

    @Override
    public void close() {
        chunks.close();
    }
}
