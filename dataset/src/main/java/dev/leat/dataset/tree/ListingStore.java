package dev.leat.dataset.tree;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listings in a folder of the cache, one file each, so that they outlive the mount and do not fill its memory. A file is written
 * whole under another name and renamed; one that is damaged, cut off, or of another version is dropped. Together they take at most
 * so many bytes: those that were not looked at for longest go.
 *
 * <p>A file is {@code magic 8 · version 4 · count 4 · hidden 4 · CRC32C 4 · bytes of records 8 · time 8 · name of the directory 16 ·
 * records · index}; the checksum covers records and index, and the name is a hash of source and path.
 */
public final class ListingStore {
    private static final Logger log = LoggerFactory.getLogger(ListingStore.class);

    private static final long MAGIC = 0x5453494c5441454cL; // LEATLIST
    private static final int VERSION = 1;
    private static final int HEAD_BYTES = 64;
    private static final int KEY_AT = 40;
    private static final int KEY_BYTES = 16;
    private static final String SUFFIX = ".names";

    /** Smaller ones are copied into the heap: a mapping costs more. */
    private static final long MAPPED_BYTES = 256 << 10;

    private final Path folder;
    private final long limitBytes;
    private final AtomicLong usedBytes = new AtomicLong(-1);

    /**
     * What a file held.
     *
     * @param names the entries
     * @param hidden names that are left out
     * @param bornEpochMs when they were asked for
     */
    record Loaded(PackedNames names, int hidden, long bornEpochMs) {}

    /**
     * Uses a folder.
     *
     * @param limitBytes most bytes of all listings
     */
    public ListingStore(Path folder, long limitBytes) throws IOException {
        this.folder = folder;
        this.limitBytes = limitBytes;
        Files.createDirectories(folder);
    }

    private static byte[] key(Branch branch, String path) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(branch.source().location().getBytes(UTF_8));
            digest.update((byte) 0);
            return Arrays.copyOf(digest.digest(path.getBytes(UTF_8)), KEY_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private Path file(byte[] key) {
        String name = HexFormat.of().formatHex(key);
        return folder.resolve(name.substring(0, 2)).resolve(name + SUFFIX);
    }

    /** A new file for records, which nobody else finds. */
    FileChannel spill() throws IOException {
        Path file = Files.createTempFile(folder, "new-", ".tmp");
        // It has no name, and lives as long as it is open or mapped.
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Files.delete(file);
        return channel;
    }

    /** Remembers a listing; that it could not is no reason to fail. */
    void save(Branch branch, String path, PackedNames names, int hidden, long bornEpochMs) {
        byte[] key = key(branch, path);
        Path file = file(key);
        try {
            Files.createDirectories(file.getParent());
            Path temporary = Files.createTempFile(file.getParent(), "new-", ".tmp");
            try {
                write(temporary, key, names, hidden, bornEpochMs);
                long size = Files.size(temporary);
                long before = Files.exists(file) ? Files.size(file) : 0;
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                grown(size - before);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            log.warn("the names in {} are not kept for the next mount: {}", path, e.getMessage());
        }
    }

    private static void write(Path to, byte[] key, PackedNames names, int hidden, long bornEpochMs) throws IOException {
        CRC32C sum = new CRC32C();
        try (FileChannel channel = FileChannel.open(to, StandardOpenOption.WRITE)) {
            channel.position(HEAD_BYTES);
            for (MemorySegment part : List.of(names.records(), names.index())) {
                for (long at = 0; at < part.byteSize(); at += 1 << 20) {
                    ByteBuffer piece = part.asSlice(at, Math.min(1 << 20, part.byteSize() - at))
                            .asByteBuffer();
                    sum.update(piece.duplicate());
                    while (piece.hasRemaining()) {
                        channel.write(piece);
                    }
                }
            }
            ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            head.putLong(MAGIC).putInt(VERSION).putInt(names.size()).putInt(hidden);
            head.putInt((int) sum.getValue())
                    .putLong(names.records().byteSize())
                    .putLong(bornEpochMs);
            head.put(key).flip();
            head.limit(HEAD_BYTES);
            channel.write(head, 0);
        }
    }

    /** Finds a listing; null if there is none that is whole. */
    @Nullable
    Loaded load(Branch branch, String path) {
        byte[] key = key(branch, path);
        Path file = file(key);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            Loaded loaded = read(channel, key);
            Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
            return loaded;
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException | IndexOutOfBoundsException e) {
            log.warn("the names in /{} that an earlier mount kept are dropped: {}", path, e.getMessage());
            try {
                Files.deleteIfExists(file);
            } catch (IOException again) {
                log.debug("{}: {}", file, again.getMessage());
            }
            return null;
        }
    }

    /** Forgets a listing. */
    void drop(Branch branch, String path) {
        try {
            Files.deleteIfExists(file(key(branch, path)));
        } catch (IOException e) {
            log.warn("the names in /{} may be shown as they were by the next mount: {}", path, e.getMessage());
        }
    }

    private static Loaded read(FileChannel channel, byte[] key) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        channel.read(head, 0);
        if (head.hasRemaining() || head.getLong(0) != MAGIC || head.getInt(8) != VERSION) {
            throw new IOException("the file is cut off, or of another version");
        }
        int count = head.getInt(12);
        long recordBytes = head.getLong(24);
        byte[] of = new byte[KEY_BYTES];
        head.get(KEY_AT, of);
        if (count < 0
                || recordBytes < 0
                || channel.size() != HEAD_BYTES + recordBytes + (long) count * Integer.BYTES
                || !Arrays.equals(of, key)) {
            throw new IOException("the file is cut off, or of another directory");
        }
        long length = channel.size() - HEAD_BYTES;
        MemorySegment body;
        if (length < MAPPED_BYTES) {
            ByteBuffer bytes = ByteBuffer.allocate((int) length);
            int got = 0;
            while (bytes.hasRemaining() && got >= 0) {
                got = channel.read(bytes, HEAD_BYTES + bytes.position());
            }
            body = MemorySegment.ofArray(bytes.array());
        } else {
            body = channel.map(FileChannel.MapMode.READ_ONLY, 0, HEAD_BYTES + length, Arena.ofAuto())
                    .asSlice(HEAD_BYTES);
        }
        CRC32C sum = new CRC32C();
        for (long at = 0; at < length; at += 1 << 20) {
            sum.update(body.asSlice(at, Math.min(1 << 20, length - at)).asByteBuffer());
        }
        if ((int) sum.getValue() != head.getInt(20)) {
            throw new IOException("the checksum differs");
        }
        PackedNames names = new PackedNames(body.asSlice(0, recordBytes), body.asSlice(recordBytes));
        return new Loaded(names, head.getInt(16), head.getLong(32));
    }

    /** Makes room when there is too much; what lies there is counted when it is first asked for. */
    private void grown(long bytes) throws IOException {
        if (usedBytes.get() >= 0 && usedBytes.addAndGet(bytes) <= limitBytes) {
            return;
        }
        synchronized (this) {
            if (usedBytes.get() < 0 || usedBytes.get() > limitBytes) {
                prune();
            }
        }
    }

    private record Kept(Path file, long bytes, FileTime used) {}

    private void prune() throws IOException {
        List<Kept> all = new ArrayList<>();
        long sum = 0;
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(folder, Files::isDirectory)) {
            for (Path each : folders) {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(each, "*" + SUFFIX)) {
                    for (Path file : files) {
                        Kept kept = new Kept(file, Files.size(file), Files.getLastModifiedTime(file));
                        all.add(kept);
                        sum += kept.bytes();
                    }
                }
            }
        } catch (NoSuchFileException e) {
            // Another mount makes room, too.
            log.debug("{}", e.getMessage());
        }
        all.sort(Comparator.comparing(Kept::used));
        for (Kept kept : all) {
            if (sum <= limitBytes) {
                break;
            }
            Files.deleteIfExists(kept.file());
            sum -= kept.bytes();
        }
        usedBytes.set(sum);
    }

    /** Bytes of all listings that are kept; 0 until one is kept. */
    public long usedBytes() {
        return Math.max(0, usedBytes.get());
    }
}
