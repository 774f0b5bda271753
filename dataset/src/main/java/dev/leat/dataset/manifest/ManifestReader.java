package dev.leat.dataset.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a manifest, one entry after the other. Every chunk is checked before it is read, order and structure as it goes, the
 * digests at the end: what is made from the entries counts only when {@link #summary} has been had. Nothing is kept but one
 * chunk.
 */
public final class ManifestReader implements AutoCloseable {
    private final Chunks.In chunks;
    private final Strength strength;
    private final Ancestors ancestors = new Ancestors();
    private final ManifestSummary.Count count = new ManifestSummary.Count();
    private final MessageDigest tree = ManifestWriter.beginTree();
    private final MessageDigest manifest = ManifestWriter.beginManifest();
    private ByteBuffer chunk = ByteBuffer.allocate(0);
    private int entries;
    private int parent;
    private @Nullable ManifestSummary summary;

    /**
     * Begins to read; {@code from} is not closed with it.
     *
     * @throws ManifestException if it is no manifest, or one of a later version
     */
    public ManifestReader(InputStream from) throws IOException {
        byte[] magic = from.readNBytes(ManifestWriter.MAGIC.length);
        Strength said = Strength.of(from.read());
        if (!Arrays.equals(magic, ManifestWriter.MAGIC) || said == null) {
            boolean later = magic.length == ManifestWriter.MAGIC.length
                    && Arrays.equals(magic, 0, 7, ManifestWriter.MAGIC, 0, 7);
            throw new ManifestException(
                    later ? "it is of a form that needs a newer version of Leat" : "it is no manifest");
        }
        this.strength = said;
        this.chunks = new Chunks.In(from);
    }

    /** By what bytes are known in it. */
    public Strength strength() {
        return strength;
    }

    /**
     * The next entry; the root comes first.
     *
     * @return null behind the last one, when all of it has been found to be right
     * @throws ManifestException if it is damaged, cut off or forged
     */
    public @Nullable ManifestEntry next() throws IOException {
        if (summary != null) {
            return null;
        }
        try {
            return entry();
        } catch (BufferUnderflowException e) {
            throw new ManifestException("an entry ends early");
        }
    }

    private @Nullable ManifestEntry entry() throws IOException {
        if (!chunk.hasRemaining()) {
            chunk = chunks.next();
            if (chunks.ended()) {
                summary = end(chunk);
                return null;
            }
            manifest.update(chunk.array(), chunk.position(), chunk.remaining());
        }
        int begin = chunk.position();
        ByteBuffer identity = EntryCodec.part(chunk, EntryCodec.ENTRY_BYTES_MAX);
        tree.update(chunk.array(), begin, chunk.position() - begin);
        ManifestEntry entry = EntryCodec.read(identity, EntryCodec.part(chunk, EntryCodec.ENTRY_BYTES_MAX));
        ManifestWriter.requireProof(entry, strength);
        parent = ancestors.next(entry.path(), entry.isDirectory(), entries);
        entries = Math.addExact(entries, 1);
        count.add(entry);
        return entry;
    }

    /** The number of the entry last given: they are counted from 0, which is the root. */
    public int number() {
        return entries - 1;
    }

    /** The number of the directory that the entry last given lies in; -1 of the root. */
    public int parent() {
        return parent;
    }

    private ManifestSummary end(ByteBuffer trailer) throws ManifestException {
        ManifestSummary found = count.with(strength, Sha256.of(tree), Sha256.of(manifest));
        byte[] said = new byte[trailer.remaining()];
        trailer.get(said);
        if (entries == 0 || !Arrays.equals(said, ManifestWriter.trailer(found))) {
            throw new ManifestException("what it says of itself at its end is not what is in it");
        }
        return found;
    }

    /** What it comes to; only behind the last entry. */
    public ManifestSummary summary() {
        ManifestSummary found = summary;
        if (found == null) {
            throw new IllegalStateException("the manifest has not been read to its end");
        }
        return found;
    }

    @Override
    public void close() {
        chunks.close();
    }
}
