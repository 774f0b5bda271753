package dev.leat.dataset.manifest;

import dev.leat.store.Keys;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Puts entries that come in any order into the order of their paths, in bounded memory: what does not fit is sorted and
 * written to unnamed files, which are merged. Of entries with the same path one is left, a directory if there is one: keys of a bucket
 * may be {@code a} and {@code a/b}.
 *
 * <p>Entries may be added from any thread; then they are taken out by one.
 */
public final class EntrySorter implements AutoCloseable {
    /** Estimate of what an entry takes on the heap beside its texts, in bytes. */
    private static final int ENTRY_BYTES = 160;

    private static final int RUN_BUFFER_BYTES = 32 << 10;

    private static final Comparator<ManifestEntry> ORDER =
            Comparator.comparing(ManifestEntry::path, Keys.ORDER).thenComparing(entry -> !entry.isDirectory());

    private final Path folder;
    private final long memoryBytes;
    private final List<Path> runs = new ArrayList<>();
    private final List<Run> merging = new ArrayList<>();
    private final PriorityQueue<Run> heads = new PriorityQueue<>((x, y) -> ORDER.compare(x.head(), y.head()));
    private List<ManifestEntry> held = new ArrayList<>();
    private long heldBytes;
    private boolean sorted;
    private @Nullable ManifestEntry last;
    private long dropped;

    /**
     * Begins with nothing.
     *
     * @param folder where files are made for what does not fit
     * @param memoryBytes about how much heap entries may take, in bytes
     */
    public EntrySorter(Path folder, long memoryBytes) {
        this.folder = folder;
        this.memoryBytes = memoryBytes;
    }

    /** Adds one. */
    public synchronized void add(ManifestEntry entry) throws IOException {
        if (sorted) {
            throw new IllegalStateException("the first entry has been taken out already");
        }
        held.add(entry);
        heldBytes += ENTRY_BYTES + length(entry.path()) + length(entry.validator()) + length(entry.target());
        if (heldBytes > memoryBytes) {
            spill();
        }
    }

    private static int length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }

    private void spill() throws IOException {
        held.sort(ORDER);
        Path file = Files.createTempFile(folder, "leat-sort-", ".run");
        runs.add(file);
        EntryCodec codec = new EntryCodec();
        ByteBuffer buffer = ByteBuffer.allocate(2 * EntryCodec.ENTRY_BYTES_MAX);
        try (DataOutputStream out =
                new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), RUN_BUFFER_BYTES))) {
            for (ManifestEntry entry : held) {
                buffer.clear();
                codec.identity(entry, buffer);
                codec.facts(entry, buffer);
                out.writeInt(buffer.position());
                out.write(buffer.array(), 0, buffer.position());
            }
        }
        held = new ArrayList<>();
        heldBytes = 0;
    }

    /** The next one in order; null behind the last. */
    public synchronized @Nullable ManifestEntry next() throws IOException {
        if (!sorted) {
            begin();
        }
        while (true) {
            Run first = heads.poll();
            if (first == null) {
                return null;
            }
            ManifestEntry entry = first.head();
            if (first.advance()) {
                heads.add(first);
            }
            ManifestEntry before = last;
            if (before != null && before.path().equals(entry.path())) {
                dropped++;
                continue;
            }
            last = entry;
            return entry;
        }
    }

    /** Entries left out so far since another one had the same path. */
    public synchronized long dropped() {
        return dropped;
    }

    private void begin() throws IOException {
        sorted = true;
        held.sort(ORDER);
        for (Path file : runs) {
            Run run = new FileRun(file);
            merging.add(run);
            if (run.advance()) {
                heads.add(run);
            }
        }
        Run rest = new HeldRun(held);
        if (rest.advance()) {
            heads.add(rest);
        }
    }

    /** Sorted entries. */
    private abstract static class Run {
        private @Nullable ManifestEntry head;

        ManifestEntry head() {
            ManifestEntry entry = head;
            if (entry == null) {
                throw new IllegalStateException("the run is over");
            }
            return entry;
        }

        boolean advance() throws IOException {
            head = read();
            return head != null;
        }

        abstract @Nullable ManifestEntry read() throws IOException;

        void close() throws IOException {}
    }

    private static final class HeldRun extends Run {
        private final List<ManifestEntry> entries;
        private int at;

        HeldRun(List<ManifestEntry> entries) {
            this.entries = entries;
        }

        @Override
        @Nullable
        ManifestEntry read() {
            return at < entries.size() ? entries.get(at++) : null;
        }
    }

    private static final class FileRun extends Run {
        private final DataInputStream in;
        private byte[] bytes = new byte[1 << 10];

        FileRun(Path file) throws IOException {
            this.in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), RUN_BUFFER_BYTES));
            Files.delete(file);
        }

        @Override
        @Nullable
        ManifestEntry read() throws IOException {
            in.mark(1);
            if (in.read() < 0) {
                return null;
            }
            in.reset();
            int length = in.readInt();
            if (length > bytes.length) {
                bytes = new byte[2 * length];
            }
            in.readFully(bytes, 0, length);
            ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
            ByteBuffer identity = EntryCodec.part(buffer, EntryCodec.ENTRY_BYTES_MAX);
            return EntryCodec.read(identity, EntryCodec.part(buffer, EntryCodec.ENTRY_BYTES_MAX));
        }

        @Override
        void close() throws IOException {
            in.close();
        }
    }

    @Override
    public synchronized void close() throws IOException {
        for (Run run : merging) {
            run.close();
        }
        for (Path file : runs) {
            Files.deleteIfExists(file);
        }
    }
}
