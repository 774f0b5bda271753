package dev.leat.vfs;

import dev.leat.meta.engine.Bytes;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The intents of a work folder, on its disk: one file of {@link IntentRecord}s, of which the last one about a file counts. It has its room from the beginning, so that what has to be noted on a full
 * disk can be, and so that the disk is told of bytes alone, not of a longer file.
 *
 * <p>A record is written at once and on the disk when {@link #sync} returns; those who wait share what is written down for all of them. A machine that stops may have any of the records that were not
 * on the disk, or parts of them, in any order: what is not whole counts for nothing. A log that is full is replaced by a shorter one in one step.
 *
 * <p>After a failure to reach the disk it cannot be known what is there, now or ever: everything fails from then on.
 */
final class IntentLog implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(IntentLog.class);

    /** The file's name in the work folder. */
    static final String FILE = "intents";

    /** About 30,000 intents; written anew when it is full. */
    private static final int BYTES_MIN = 4 << 20;

    /**
     * What is known of a file.
     *
     * @param synced the last intent whose bytes were on the disk before it
     * @param latest a later one, which counts until the machine starts again
     * @param removed whether the file lost its last name here, or may have
     */
    record Live(@Nullable Intent synced, @Nullable Intent latest, boolean removed) {
        private static final Live NOTHING = new Live(null, null, false);

        private Live with(Intent intent) {
            return intent.synced() ? new Live(intent, null, removed) : new Live(synced, intent, removed);
        }

        /** What to do now, if the machine has been running since it booted for the time {@code boot}; null for nothing. */
        @Nullable
        Intent valid(long boot) {
            Intent later = latest;
            return later != null && later.boot() == boot ? later : synced;
        }
    }

    /**
     * What is in a log.
     *
     * @param live by inode, in the order in which they came
     * @param sequence number of the last record
     * @param damage what is wrong with it that no lack of power explains; null if nothing is
     */
    record Contents(
            Map<Long, Live> live, long sequence, @Nullable String damage) {}

    private final Path folder;
    private final Path path;
    private final SyncThreads disk;

    // Guarded by this.
    private final Map<Long, Live> live;
    private FileHandle file;
    private long id;
    private long position;
    private long capacityBytes;
    private long sequence;
    private long durable;
    private boolean syncing;
    private @Nullable IOException failure;

    private IntentLog(Path folder, SyncThreads disk, Contents contents) throws IOException {
        this.folder = folder;
        this.path = folder.resolve(FILE);
        this.disk = disk;
        this.live = new LinkedHashMap<>(contents.live());
        this.sequence = contents.sequence();
        // Takes the old one's place only when everything that counts is in the new one and on the disk.
        this.file = begin();
    }

    /** Goes on with the log in a folder, or begins one. A damaged one is kept beside it. */
    static IntentLog open(Path folder, SyncThreads disk) throws IOException {
        Path path = folder.resolve(FILE);
        Contents contents = read(path);
        if (contents.damage() != null) {
            Path kept = folder.resolve(FILE + ".damaged-" + contents.sequence());
            Files.copy(path, kept, StandardCopyOption.REPLACE_EXISTING);
            logger.error("{}: {}; it is kept as {}", path, contents.damage(), kept.getFileName());
        }
        return new IntentLog(folder, disk, contents);
    }

    /** What a log says; nothing if there is none. */
    static Contents read(Path path) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(path);
        } catch (NoSuchFileException e) {
            return new Contents(Map.of(), 0, null);
        }
        Map<Long, Live> live = new LinkedHashMap<>();
        IntentRecord first = IntentRecord.at(bytes, 0);
        long id = first == null ? 0 : first.log();
        long sequence = 0;
        long promised = 0;
        long missing = 0;
        int position = 0;
        while (position < bytes.length) {
            IntentRecord record = IntentRecord.at(bytes, position);
            boolean ours = record != null && (first == null || record.log() == id) && record.sequence() > sequence;
            if (record == null || !ours) {
                // The end, or a record that is not whole. One behind it was not promised either, or there is damage.
                position += 8;
                continue;
            }
            if (sequence != 0 && record.sequence() != sequence + 1 && missing == 0) {
                missing = sequence + 1;
            }
            sequence = record.sequence();
            promised = Math.max(promised, record.durable());
            apply(record, live);
            position += record.sizeBytes();
        }
        boolean beginning = first == null && sequence != 0;
        boolean lost = missing != 0 && missing <= promised;
        String damage = beginning || lost
                ? "record " + (beginning ? 1 : missing) + " was on the disk and is damaged: what it said is lost"
                : null;
        return new Contents(live, sequence, damage);
    }

    private static void apply(IntentRecord record, Map<Long, Live> live) throws IOException {
        if (record.kind() == IntentRecord.Kind.INTENT) {
            Intent intent = Intent.decode(record.body().unsafeArray());
            // At the end, so that the order is that of the last words about each.
            Live before = live.remove(intent.ino());
            live.put(intent.ino(), (before == null ? Live.NOTHING : before).with(intent));
            return;
        }
        long ino = ByteBuffer.wrap(record.body().unsafeArray()).getLong();
        if (record.kind() == IntentRecord.Kind.END) {
            live.remove(ino);
        } else {
            boolean removed = record.kind() == IntentRecord.Kind.REMOVED;
            live.computeIfPresent(ino, (_, known) -> new Live(known.synced(), known.latest(), removed));
        }
    }

    /** What is known of each file that has not ended. */
    synchronized Map<Long, Live> live() {
        return new LinkedHashMap<>(live);
    }

    /** Takes note of an intent; answers the number to {@link #sync} for. */
    long intent(Intent intent) throws IOException {
        return append(IntentRecord.Kind.INTENT, intent.encode());
    }

    /** A file has nothing left to publish. */
    long end(long ino) throws IOException {
        return append(IntentRecord.Kind.END, inode(ino));
    }

    /** A file is losing its last name here, or does not after all. */
    synchronized void removed(long ino, boolean removed) throws IOException {
        Live known = live.get(ino);
        if (known != null && known.removed() != removed) {
            append(removed ? IntentRecord.Kind.REMOVED : IntentRecord.Kind.KEPT, inode(ino));
        }
    }

    private static byte[] inode(long ino) {
        return ByteBuffer.allocate(Long.BYTES).putLong(ino).array();
    }

    private synchronized long append(IntentRecord.Kind kind, byte[] body) throws IOException {
        requireSound();
        IntentRecord record = new IntentRecord(id, sequence + 1, durable, kind, Bytes.wrap(body));
        if (position + record.sizeBytes() > capacityBytes) {
            apply(record, live);
            replace();
            return sequence;
        }
        write(file, record.encode(), position);
        apply(record, live);
        position += record.sizeBytes();
        sequence++;
        return sequence;
    }

    private static void write(FileHandle to, byte[] bytes, long at) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            to.pwrite(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), at);
        }
    }

    private void requireSound() throws IOException {
        if (failure != null) {
            throw new IOException(path + " cannot be relied on: " + failure.getMessage(), failure);
        }
    }

    /** Begins a new file with what counts, which is on the disk afterwards. */
    private void replace() throws IOException {
        awaitOthers(Long.MAX_VALUE);
        requireSound();
        FileHandle before = file;
        file = begin();
        before.close();
    }

    private FileHandle begin() throws IOException {
        id = RandomGenerator.getDefault().nextLong() | 1;
        long number = sequence;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Map.Entry<Long, Live> entry : live.entrySet()) {
            Live known = entry.getValue();
            for (Intent intent : new @Nullable Intent[] {known.synced(), known.latest()}) {
                if (intent != null) {
                    out.writeBytes(record(++number, IntentRecord.Kind.INTENT, intent.encode()));
                }
            }
            if (known.removed()) {
                out.writeBytes(record(++number, IntentRecord.Kind.REMOVED, inode(entry.getKey())));
            }
        }
        byte[] bytes = Arrays.copyOf(out.toByteArray(), Math.max(BYTES_MIN, 3 * out.size()));
        Path fresh = path.resolveSibling(FILE + ".new");
        FileHandle handle = FileHandle.open(fresh, Open.RDWR | Open.CREAT | Open.TRUNC | Open.CLOEXEC, 0600);
        boolean done = false;
        try {
            write(handle, bytes, 0);
            disk.sync(handle);
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            disk.syncFolder(folder);
            done = true;
        } finally {
            if (!done) {
                handle.close();
            }
        }
        position = out.size();
        capacityBytes = bytes.length;
        sequence = number;
        durable = number;
        return handle;
    }

    private byte[] record(long number, IntentRecord.Kind kind, byte[] body) {
        return new IntentRecord(id, number, number, kind, Bytes.wrap(body)).encode();
    }

    /** Returns when everything up to a number is on the disk; whoever comes while others wait shares the next write with them. */
    void sync(long until) throws IOException {
        while (true) {
            FileHandle target;
            long reached;
            synchronized (this) {
                awaitOthers(until);
                if (durable >= until) {
                    return;
                }
                requireSound();
                syncing = true;
                target = file;
                reached = sequence;
            }
            IOException failed = null;
            try {
                requireThere(target);
                disk.sync(target);
            } catch (IOException e) {
                failed = e;
            }
            synchronized (this) {
                syncing = false;
                if (failed == null) {
                    durable = Math.max(durable, reached);
                } else {
                    failure = failed;
                }
                notifyAll();
            }
        }
    }

    /** Waits as long as somebody else syncs and has not come so far. */
    private synchronized void awaitOthers(long until) throws IOException {
        try {
            while (syncing && durable < until) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + path, e);
        }
    }

    private void requireThere(FileHandle target) throws IOException {
        if (target.stat().nlink() == 0) {
            throw new ErrnoException(Errno.EIO, path + " was removed");
        }
    }

    /** Everything that was noted so far. */
    synchronized long last() {
        return sequence;
    }

    /** Whether everything up to a number is on the disk. */
    synchronized boolean isDurable(long number) {
        return durable >= number;
    }

    /** Why nothing can be noted any more; null if it can. */
    synchronized @Nullable IOException failure() {
        return failure;
    }

    /** Removes the file if nothing is left to do; after {@link #close}. */
    synchronized void removeIfEmpty() throws IOException {
        if (live.isEmpty() && failure == null) {
            Files.deleteIfExists(path);
        }
    }

    @Override
    public synchronized void close() throws ErrnoException {
        file.close();
    }
}
