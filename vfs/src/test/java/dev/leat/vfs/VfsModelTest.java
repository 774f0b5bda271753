package dev.leat.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.SetAttr;
import dev.leat.store.blob.BlobForm;
import dev.leat.store.blob.Compression;
import dev.leat.store.blob.DataKey;
import dev.leat.sys.Fs;
import dev.leat.vfs.VfsOptions.ClosePolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random operations of two clients on the same files, beside a plain model of what each of them must see. */
@Timeout(300)
class VfsModelTest {
    private static final int CLIENTS = 2;
    private static final int FILES = 3;

    /** Longer files are cut. */
    private static final int SIZE_MAX = 300_000;

    /** Many operations meet in the first few pages; some go past 128 KiB, where uploads in parts begin. */
    private static final int[] SPANS = {64, 5_000, 40_000, 200_000};

    @TempDir
    Path folder;

    private static long seed() {
        Long given = Long.getLong("leat.seed");
        long seed = given != null ? given : ThreadLocalRandom.current().nextLong();
        System.out.println("VfsModelTest: seed " + seed + " (repeat with -Dleat.seed=" + seed + ")");
        return seed;
    }

    static Stream<BlobForm> forms() {
        return Stream.of(
                BlobForm.PLAIN,
                new BlobForm(Compression.LZ4, null),
                new BlobForm(Compression.NONE, DataKey.random()),
                new BlobForm(Compression.ZSTD, DataKey.random()));
    }

    @ParameterizedTest
    @MethodSource("forms")
    void twoClientsSeeWhatThePlainModelSays(BlobForm form) throws Exception {
        long seed = seed();
        try (TestVolume volume = new TestVolume(folder, seed, form)) {
            new Run(volume, new Random(seed)).steps(Integer.getInteger("leat.steps", 1_000));
        }
    }

    @ParameterizedTest
    @MethodSource("forms")
    void eachThreadFindsItsOwnBytesWhateverTheOthersDo(BlobForm form) throws Exception {
        long seed = seed();
        try (TestVolume volume = new TestVolume(folder, seed, form)) {
            TestClient client = volume.client(ClosePolicy.STAGED);
            long ino = client.create("shared", TestClient.WRITE).entry().ino();
            volume.store().failing(0.05);
            List<Thread> threads = new ArrayList<>();
            List<byte[]> regions = new ArrayList<>();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            for (int i = 0; i < 6; i++) {
                int number = i;
                byte[] region = new byte[60_000];
                regions.add(region);
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        work(client, ino, number, region, new Random(seed + number));
                    } catch (Throwable e) {
                        failure.compareAndSet(null, e);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failure.get()).isNull();
            volume.store().failing(0);
            client.vfs.sync();
            byte[] content = volume.client(ClosePolicy.FLUSH).content(ino);
            for (int i = 0; i < regions.size(); i++) {
                byte[] region = regions.get(i);
                byte[] got = Arrays.copyOfRange(content, i * region.length, (i + 1) * region.length);
                assertThat(Arrays.mismatch(got, region)).as("region %s", i).isEqualTo(-1);
            }
        }
    }

    private static void work(TestClient client, long ino, int number, byte[] region, Random random) throws FsException {
        long start = (long) number * region.length;
        long handle = client.open(ino, TestClient.WRITE);
        for (int step = 0; step < 150; step++) {
            int from = random.nextInt(region.length);
            int length = Math.min(region.length - from, 1 + random.nextInt(SPANS[random.nextInt(3)]));
            switch (random.nextInt(8)) {
                case 0 -> {
                    try {
                        client.vfs.fsync(handle);
                    } catch (FsException e) {
                        // The store fails now and then: what was written must still be here.
                    }
                }
                case 1 -> {
                    client.close(handle);
                    handle = client.open(ino, TestClient.WRITE);
                }
                case 2 -> {
                    try {
                        client.vfs.fallocate(handle, Fs.FALLOC_PUNCH_HOLE | Fs.FALLOC_KEEP_SIZE, start + from, length);
                        Arrays.fill(region, from, from + length, (byte) 0);
                    } catch (FsException e) {
                        // It may need the store, too; then nothing has changed.
                    }
                }
                case 3, 4 -> {
                    byte[] got = client.read(handle, start + from, length);
                    byte[] want = Arrays.copyOfRange(region, from, from + length);
                    assertThat(Arrays.mismatch(Arrays.copyOf(got, length), want))
                            .as("region %s, step %s, at %s", number, step, from)
                            .isEqualTo(-1);
                }
                default -> {
                    byte[] bytes = new byte[length];
                    random.nextBytes(bytes);
                    client.write(handle, start + from, bytes);
                    System.arraycopy(bytes, 0, region, from, length);
                }
            }
        }
        client.close(handle);
    }

    /** A file as everybody would see it who opened it now. */
    private static final class PlainFile {
        final long ino;
        byte[] published = new byte[0];
        int version;

        PlainFile(long ino) {
            this.ino = ino;
        }

        void publish(byte[] content) {
            published = content;
            version++;
        }
    }

    /** What one client sees of a file: a published content, and over it what it has not published. */
    private static final class PlainView {
        final PlainFile file;
        byte[] seen;
        int seenVersion;
        byte[] dirty = new byte[0];
        boolean[] isDirty = new boolean[0];
        boolean[] isAppended = new boolean[0];
        int appendVersion;

        PlainView(PlainFile file) {
            this.file = file;
            this.seen = file.published;
            this.seenVersion = file.version;
        }

        void refresh() {
            seen = file.published;
            seenVersion = file.version;
        }

        int dirtyEnd() {
            int end = isDirty.length;
            while (end > 0 && !isDirty[end - 1]) {
                end--;
            }
            return end;
        }

        int size() {
            return Math.max(seen.length, dirtyEnd());
        }

        boolean appends() {
            for (boolean b : isAppended) {
                if (b) {
                    return true;
                }
            }
            return false;
        }

        byte[] content() {
            byte[] content = Arrays.copyOf(seen, size());
            int end = dirtyEnd();
            for (int i = 0; i < end; i++) {
                if (isDirty[i]) {
                    content[i] = dirty[i];
                }
            }
            return content;
        }

        void write(int offset, byte[] bytes, boolean append) {
            int end = offset + bytes.length;
            if (end > dirty.length) {
                dirty = Arrays.copyOf(dirty, end);
                isDirty = Arrays.copyOf(isDirty, end);
                isAppended = Arrays.copyOf(isAppended, end);
            }
            if (append && !appends()) {
                appendVersion = seenVersion;
            }
            System.arraycopy(bytes, 0, dirty, offset, bytes.length);
            Arrays.fill(isDirty, offset, end, true);
            if (append) {
                Arrays.fill(isAppended, offset, end, true);
            }
        }

        void forget(int from, int to) {
            if (from < isDirty.length) {
                Arrays.fill(isDirty, from, Math.min(to, isDirty.length), false);
                Arrays.fill(isAppended, from, Math.min(to, isDirty.length), false);
            }
        }

        void publish() {
            if (dirtyEnd() == 0) {
                return;
            }
            boolean move = appends() && appendVersion != file.version;
            byte[] content = file.published.clone();
            int end = dirtyEnd();
            int from = 0;
            while (from < end) {
                int to = from + 1;
                while (to < end && isDirty[to] == isDirty[from] && isAppended[to] == isAppended[from]) {
                    to++;
                }
                if (isDirty[from]) {
                    int at = move && isAppended[from] ? content.length : from;
                    content = Arrays.copyOf(content, Math.max(content.length, at + to - from));
                    System.arraycopy(dirty, from, content, at, to - from);
                }
                from = to;
            }
            forget(0, Integer.MAX_VALUE);
            file.publish(content);
            refresh();
        }
    }

    private static final class Run {
        private final Random random;
        private final TestVolume volume;
        private final List<TestClient> clients = new ArrayList<>();
        private final List<PlainFile> files = new ArrayList<>();
        private final PlainView[][] views = new PlainView[CLIENTS][FILES];
        private final long[][] writing = new long[CLIENTS][FILES];
        private final long[][] appending = new long[CLIENTS][FILES];

        Run(TestVolume volume, Random random) throws IOException {
            this.volume = volume;
            this.random = random;
            for (int c = 0; c < CLIENTS; c++) {
                clients.add(volume.client(ClosePolicy.FLUSH));
            }
            for (int f = 0; f < FILES; f++) {
                var made = clients.getFirst().create("file-" + f, TestClient.WRITE);
                clients.getFirst().close(made.opened().handle());
                files.add(new PlainFile(made.entry().ino()));
                for (int c = 0; c < CLIENTS; c++) {
                    open(c, f);
                }
            }
        }

        private void open(int c, int f) throws FsException {
            long ino = files.get(f).ino;
            writing[c][f] = clients.get(c).open(ino, TestClient.READ_WRITE);
            appending[c][f] = clients.get(c).open(ino, TestClient.READ_WRITE | TestClient.O_APPEND);
            views[c][f] = new PlainView(files.get(f));
        }

        void steps(int count) throws Exception {
            for (int i = 0; i < count; i++) {
                int c = random.nextInt(CLIENTS);
                int f = random.nextInt(100) < 60 ? 0 : random.nextInt(FILES);
                String what = "before any operation";
                try {
                    what = step(clients.get(c), views[c][f], c, f);
                    check(c, f);
                } catch (FsException | AssertionError | RuntimeException e) {
                    throw new AssertionError("step " + i + ", client " + c + ", file " + f + ": " + what, e);
                }
            }
            for (int f = 0; f < FILES; f++) {
                for (int c = 0; c < CLIENTS; c++) {
                    fsync(clients.get(c), views[c][f], writing[c][f]);
                }
                byte[] content = volume.client(ClosePolicy.FLUSH).content(files.get(f).ino);
                same(content, files.get(f).published, "a client that comes anew");
            }
        }

        private String step(TestClient client, PlainView view, int c, int f) throws FsException {
            int span = SPANS[random.nextInt(SPANS.length)];
            int offset = random.nextInt(span);
            int length = 1 + random.nextInt(span);
            long handle = writing[c][f];
            if (view.size() > SIZE_MAX) {
                return truncate(client, view, offset);
            }
            return switch (random.nextInt(13)) {
                case 0, 1, 2 -> write(client, view, handle, offset, length);
                // The kernel appends at the end that it was told last.
                case 3, 4 -> append(client, view, appending[c][f], Math.min(length, 20_000));
                case 5 -> truncate(client, view, offset);
                case 6 -> punch(client, view, handle, offset, length);
                case 7, 8 -> fsync(client, view, handle);
                case 9 -> {
                    client.vfs.changed(view.file.ino);
                    view.refresh();
                    yield "hears of changes";
                }
                case 10 -> {
                    fsync(client, view, handle);
                    volume.store().failing(0);
                    client.close(handle);
                    client.close(appending[c][f]);
                    open(c, f);
                    yield "opens again";
                }
                case 11 -> {
                    // Not a change of the content, so nothing moves for it.
                    client.vfs.setattr(
                            view.file.ino,
                            new SetAttr(0600 + random.nextInt(64), null, null, null, null, null, false),
                            Caller.ROOT);
                    yield "chmod";
                }
                default -> copy(client, view, c, f, offset, Math.min(length, 30_000));
            };
        }

        private String write(TestClient client, PlainView view, long handle, int offset, int length)
                throws FsException {
            byte[] bytes = bytes(length);
            client.write(handle, offset, bytes);
            view.write(offset, bytes, false);
            return "write " + offset + "+" + length;
        }

        private String append(TestClient client, PlainView view, long handle, int length) throws FsException {
            int end = view.size();
            byte[] bytes = bytes(length);
            client.write(handle, end, bytes);
            view.write(end, bytes, true);
            return "append " + end + "+" + length;
        }

        private byte[] bytes(int length) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return bytes;
        }

        private String truncate(TestClient client, PlainView view, int size) throws FsException {
            // Content that leaves its record for this needs the store.
            volume.store().failing(0);
            client.vfs.setattr(view.file.ino, SetAttr.size(size), Caller.ROOT);
            view.file.publish(Arrays.copyOf(view.file.published, size));
            view.forget(size, Integer.MAX_VALUE);
            Arrays.fill(view.isAppended, false);
            view.refresh();
            return "truncate to " + size;
        }

        private String punch(TestClient client, PlainView view, long handle, int offset, int length)
                throws FsException {
            int end = offset + length;
            int size = view.size();
            volume.store().failing(0);
            client.vfs.fallocate(handle, Fs.FALLOC_PUNCH_HOLE | Fs.FALLOC_KEEP_SIZE, offset, length);
            byte[] content = view.file.published;
            // Unpublished bytes that gave the file its length leave the length behind.
            boolean last = size > view.seen.length && offset < size && size <= end;
            content = Arrays.copyOf(content, last ? size : content.length);
            Arrays.fill(content, Math.min(offset, content.length), Math.min(end, content.length), (byte) 0);
            boolean alone = view.appends() && view.appendVersion == view.file.version;
            view.file.publish(content);
            if (last) {
                Arrays.fill(view.isAppended, false);
            } else if (alone) {
                view.appendVersion = view.file.version;
            }
            view.forget(offset, end);
            view.refresh();
            return "punch " + offset + "+" + length;
        }

        private String fsync(TestClient client, PlainView view, long handle) throws FsException {
            volume.store().failing(random.nextInt(4) == 0 ? 0.3 : 0);
            int tries = 0;
            while (true) {
                try {
                    tries++;
                    client.vfs.fsync(handle);
                    view.publish();
                    return "fsync, " + tries + " tries";
                } catch (FsException e) {
                    byte[] expected = view.content();
                    same(client.read(handle, 0, expected.length + 1), expected, "after a failure");
                    if (tries == 5) {
                        volume.store().failing(0);
                    }
                } finally {
                    if (tries > 5) {
                        volume.store().failing(0);
                    }
                }
            }
        }

        private String copy(TestClient client, PlainView view, int c, int f, int offset, int length)
                throws FsException {
            int other = (f + 1) % FILES;
            PlainView source = views[c][other];
            byte[] content = source.content();
            int from = content.length == 0 ? 0 : random.nextInt(content.length);
            int bytes = Math.min(length, content.length - from);
            // The copied bytes can be compared only where the source is as the model has it.
            if (source.seenVersion != source.file.version || bytes == 0) {
                return "copies nothing";
            }
            long copied = client.vfs.copyRange(writing[c][other], from, writing[c][f], offset, length);
            assertThat(copied).isEqualTo(bytes);
            view.write(offset, Arrays.copyOfRange(content, from, from + bytes), false);
            return "copies " + bytes + " bytes from file " + other + " to " + offset;
        }

        private void check(int c, int f) throws FsException {
            PlainView view = views[c][f];
            TestClient client = clients.get(c);
            if (view.seenVersion != view.file.version) {
                // Attributes, and files with many extents, may be those of a later moment.
                client.vfs.changed(view.file.ino);
                view.refresh();
            }
            byte[] expected = view.content();
            assertThat(client.vfs.getattr(view.file.ino).sizeBytes()).as("size").isEqualTo(expected.length);
            same(client.read(writing[c][f], 0, expected.length + 1), expected, "whole file");
            holes(client, writing[c][f], expected);
        }

        private void holes(TestClient client, long handle, byte[] expected) throws FsException {
            if (expected.length == 0) {
                return;
            }
            int at = random.nextInt(expected.length);
            long data;
            try {
                data = client.vfs.seek(handle, at, true);
            } catch (FsException e) {
                data = expected.length;
            }
            for (int i = at; i < data; i++) {
                assertThat(expected[i]).as("byte %s lies in a hole", i).isZero();
            }
        }

        private static void same(byte[] got, byte[] expected, String what) {
            assertThat(got.length).as("%s: length", what).isEqualTo(expected.length);
            assertThat(Arrays.mismatch(got, expected))
                    .as("%s: first difference", what)
                    .isEqualTo(-1);
        }
    }
}
