package dev.leat.meta.content;

import dev.leat.store.BlobId;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names of a volume's objects in its store: {@code <volume>/<2 hex>/<session, 16 hex>/<sequence, 12 hex>}, beside the
 * marker and the backups of the metadata.
 *
 * <p>The two hexadecimal digits are a hash, so that stores that split their key space by prefix spread the load. The session's 64 random bits
 * make names unique over all incarnations of a volume; which incarnation may delete is written in the {@link VolumeMarker}.
 */
public final class BlobKeys {
    /** Sequences have 48 bits: 12 hexadecimal digits. */
    private static final long SEQUENCE_MAX = (1L << 48) - 1;

    private static final Pattern REST = Pattern.compile("([0-9a-f]{2})/([0-9a-f]{16})/([0-9a-f]{12})");

    private final String prefix;

    /** The names of the volume with this identity. */
    public BlobKeys(UUID volume) {
        this.prefix = volume + "/";
    }

    /** What all names of the volume start with, ending in a slash. */
    public String prefix() {
        return prefix;
    }

    /** Name of the {@link VolumeMarker}'s object. */
    public String marker() {
        return prefix + "leat-volume";
    }

    /** What the names of the volume's metadata backups start with, ending in a slash; none of them is a blob's. */
    public String backups() {
        return prefix + "meta/";
    }

    /** A blob's name. */
    public String key(BlobId blob) {
        if (blob.sequence() < 0 || blob.sequence() > SEQUENCE_MAX) {
            throw new IllegalArgumentException("a blob's sequence has at most 48 bits, not " + blob.sequence());
        }
        return "%s%02x/%016x/%012x".formatted(prefix, hash(blob), blob.session(), blob.sequence());
    }

    /** The blob with a name; null for any name that {@link #key} does not make. */
    public @Nullable BlobId parse(String key) {
        if (!key.startsWith(prefix)) {
            return null;
        }
        Matcher matcher = REST.matcher(key.substring(prefix.length()));
        if (!matcher.matches()) {
            return null;
        }
        BlobId blob = new BlobId(Long.parseUnsignedLong(matcher.group(2), 16), Long.parseLong(matcher.group(3), 16));
        return Integer.parseInt(matcher.group(1), 16) == hash(blob) ? blob : null;
    }

    /** A byte of a multiplicative hash: neighbouring sequences get distant values. */
    private static int hash(BlobId blob) {
        long mixed = (blob.session() ^ blob.sequence()) * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 56);
    }
}
