package dev.leat.store.blob;

import io.airlift.compress.v3.Compressor;
import io.airlift.compress.v3.Decompressor;
import io.airlift.compress.v3.lz4.Lz4Compressor;
import io.airlift.compress.v3.lz4.Lz4Decompressor;
import io.airlift.compress.v3.zstd.ZstdCompressor;
import io.airlift.compress.v3.zstd.ZstdDecompressor;
import org.jspecify.annotations.Nullable;

/**
 * Compresses and decompresses for one thread at a time. The libraries are loaded by the first use, so that a volume that
 * is not compressed never pays for them; where there is no native one for the machine, the same algorithms run in Java.
 */
final class Squeeze {
    private @Nullable Compressor lz4;
    private @Nullable Compressor zstd;
    private @Nullable Decompressor unLz4;
    private @Nullable Decompressor unZstd;

    /** Room that a compressed frame may need, in bytes; LZ4 and zstd both stay within. */
    static int roomBytes(int plainBytes) {
        return plainBytes + plainBytes / 255 + 512;
    }

    /** Compresses and returns the length; {@code to} has {@link #roomBytes}. */
    int compress(Compression how, byte[] from, int length, byte[] to) {
        return compressor(how).compress(from, 0, length, to, 0, to.length);
    }

    /**
     * Decompresses and returns the length.
     *
     * @throws RuntimeException when it is no compressed data, or more than {@code to} has room for
     */
    int decompress(int code, byte[] from, int offset, int length, byte[] to) {
        return decompressor(code).decompress(from, offset, length, to, 0, to.length);
    }

    private Compressor compressor(Compression how) {
        if (how == Compression.LZ4) {
            Compressor made = lz4 == null ? Lz4Compressor.create() : lz4;
            lz4 = made;
            return made;
        }
        Compressor made = zstd == null ? ZstdCompressor.create() : zstd;
        zstd = made;
        return made;
    }

    private Decompressor decompressor(int code) {
        if (code == Compression.LZ4.code()) {
            Decompressor made = unLz4 == null ? Lz4Decompressor.create() : unLz4;
            unLz4 = made;
            return made;
        }
        if (code != Compression.ZSTD.code()) {
            throw new IllegalArgumentException("compression " + code + " is not known");
        }
        Decompressor made = unZstd == null ? ZstdDecompressor.create() : unZstd;
        unZstd = made;
        return made;
    }
}
