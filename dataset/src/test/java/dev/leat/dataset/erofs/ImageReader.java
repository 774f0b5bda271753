package dev.leat.dataset.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads an image as the kernel does: a name is found by halving among blocks and then within one. Small images only. */
final class ImageReader {
    private final ByteBuffer image;
    private final Map<Long, byte[]> read = new HashMap<>();

    /** One inode. */
    record Inode(
            long node,
            int mode,
            long sizeBytes,
            int uid,
            int gid,
            long seconds,
            int nanos,
            int links,
            int data,
            int where) {
        boolean isDirectory() {
            return (mode & 0170000) == 0040000;
        }
    }

    /** One chunk of a file. */
    record Chunk(int device, long block) {}

    ImageReader(Path path) throws IOException {
        image = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    }

    int deviceCount() {
        return Short.toUnsignedInt(image.getShort(1024 + 86));
    }

    long deviceBlocks(int device) {
        int table = Short.toUnsignedInt(image.getShort(1024 + 88)) * 128;
        return Integer.toUnsignedLong(image.getInt(table + (device - 1) * 128 + 64));
    }

    Inode root() {
        return inode(Short.toUnsignedLong(image.getShort(1024 + 14)));
    }

    Inode inode(long node) {
        int at = (int) (node * 32);
        int format = image.getShort(at);
        if ((format & 1) != 1 || at % 4096 > 4096 - 64) {
            throw new IllegalStateException("no long inode in one block at " + at);
        }
        return new Inode(
                node,
                Short.toUnsignedInt(image.getShort(at + 4)),
                image.getLong(at + 8),
                image.getInt(at + 24),
                image.getInt(at + 28),
                image.getLong(at + 32),
                image.getInt(at + 40),
                image.getInt(at + 44),
                format >> 1,
                image.getInt(at + 16));
    }

    /** Bytes of a directory or a link. */
    byte[] data(Inode inode) {
        return read.computeIfAbsent(inode.node(), _ -> bytes(inode));
    }

    private byte[] bytes(Inode inode) {
        byte[] bytes = new byte[(int) inode.sizeBytes()];
        int at = inode.data() == 2 ? (int) (inode.node() * 32 + 64) : inode.where() * 4096;
        if (inode.data() == 2 && at / 4096 != (at + bytes.length - 1) / 4096) {
            throw new IllegalStateException("inline data crosses blocks at " + at);
        }
        image.get(at, bytes);
        return bytes;
    }

    Chunk chunk(Inode inode, long offset) {
        int shift = 12 + (inode.where() & 0x1f);
        int at = (int) (inode.node() * 32 + 64 + 8 * (offset >> shift));
        return new Chunk(
                Short.toUnsignedInt(image.getShort(at + 2)),
                Integer.toUnsignedLong(image.getInt(at + 4)) + ((offset & ((1L << shift) - 1)) >> 12));
    }

    /** Names and nodes of a directory in the order in which they lie there. */
    Map<String, Long> list(Inode directory) {
        Map<String, Long> names = new LinkedHashMap<>();
        byte[] data = data(directory);
        for (int start = 0; start < data.length; start += 4096) {
            byte[] block = Arrays.copyOfRange(data, start, Math.min(data.length, start + 4096));
            for (int i = 0; i < count(block); i++) {
                names.put(new String(name(block, i), StandardCharsets.UTF_8), node(block, i));
            }
        }
        return names;
    }

    @Nullable
    Inode lookup(Inode directory, String name) {
        byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        byte[] data = data(directory);
        int low = 0;
        int high = (data.length + 4095) / 4096 - 1;
        byte[] candidate = null;
        while (low <= high) {
            int middle = (low + high) / 2;
            byte[] block = Arrays.copyOfRange(data, middle * 4096, Math.min(data.length, middle * 4096 + 4096));
            if (Arrays.compareUnsigned(wanted, name(block, 0)) >= 0) {
                candidate = block;
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return candidate == null ? null : within(candidate, wanted);
    }

    private @Nullable Inode within(byte[] block, byte[] wanted) {
        int low = 0;
        int high = count(block) - 1;
        while (low <= high) {
            int middle = (low + high) / 2;
            int compared = Arrays.compareUnsigned(wanted, name(block, middle));
            if (compared == 0) {
                return inode(node(block, middle));
            }
            if (compared > 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return null;
    }

    private static ByteBuffer view(byte[] block) {
        return ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int count(byte[] block) {
        return view(block).getShort(8) / 12;
    }

    private static long node(byte[] block, int i) {
        return view(block).getLong(i * 12);
    }

    private static byte[] name(byte[] block, int i) {
        int start = view(block).getShort(i * 12 + 8);
        int end = start;
        if (i + 1 < count(block)) {
            end = view(block).getShort(i * 12 + 20);
        } else {
            while (end < block.length && block[end] != 0) {
                end++;
            }
        }
        return Arrays.copyOfRange(block, start, end);
    }
}
