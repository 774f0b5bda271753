package dev.leat.dataset.manifest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;

/** A manifest in memory. */
public final class SealedBytes {
    private final byte[] bytes;
    private final ManifestSummary summary;

    /** Holds the bytes of a manifest and what it is said to come to. */
    public SealedBytes(byte[] bytes, ManifestSummary summary) {
        this.bytes = bytes;
        this.summary = summary;
    }

    /** Writes entries. */
    public static SealedBytes of(List<ManifestEntry> entries, Strength strength) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ManifestWriter writer = new ManifestWriter(out, strength)) {
            for (ManifestEntry entry : entries) {
                writer.add(entry);
            }
            ManifestSummary summary = writer.finish();
            return new SealedBytes(out.toByteArray(), summary);
        }
    }

    /** The manifest. */
    public byte[] bytes() {
        return bytes;
    }

    /** What it comes to. */
    public ManifestSummary summary() {
        return summary;
    }
}
