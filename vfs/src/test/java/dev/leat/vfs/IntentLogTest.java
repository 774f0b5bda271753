package dev.leat.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.ContentVersion;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.Place;
import dev.leat.meta.fs.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of a log counts after the machine stopped in the middle, and after its disk lost something. */
final class IntentLogTest {
    private static final long BOOT = 7;

    @TempDir
    private Path folder = Path.of("");

    private final SyncThreads disk = new SyncThreads();

    @AfterEach
    void close() {
        disk.close();
    }

    private static RangeSet ranges(long... borders) {
        RangeSet set = new RangeSet();
        for (int i = 0; i < borders.length; i += 2) {
            set.add(borders[i], borders[i + 1]);
        }
        return set;
    }

    private static Intent intent(long ino, long end, boolean synced) {
        return new Intent(
                ino,
                5,
                new ContentVersion(3, 4),
                ranges(0, end, end + 10, end + 20),
                ranges(0, end),
                new Time(1_700_000_000, 12),
                true,
                new Place(9, name("ähnlich")),
                synced,
                BOOT);
    }

    private static Name name(String text) {
        try {
            return Name.of(text);
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private IntentLog.Contents read() throws IOException {
        return IntentLog.read(folder.resolve(IntentLog.FILE));
    }

    private static IntentLog.Live known(Map<Long, IntentLog.Live> live, long ino) {
        return Objects.requireNonNull(live.get(ino));
    }

    private static long end(IntentLog.Contents contents, long ino) {
        IntentLog.Live live = contents.live().get(ino);
        Intent valid = live == null ? null : live.valid(BOOT);
        return valid == null ? -1 : valid.dirty().toList().getFirst().end();
    }

    @Test
    void theLastWordAboutAFileCounts() throws Exception {
        try (IntentLog log = IntentLog.open(folder, disk)) {
            log.intent(intent(1, 100, true));
            log.intent(intent(2, 100, true));
            log.intent(intent(1, 200, true));
            log.intent(intent(3, 100, true));
            log.sync(log.end(2));
        }
        assertThat(read().live().keySet()).containsExactly(1L, 3L);
        assertThat(end(read(), 1)).isEqualTo(200);
        try (IntentLog log = IntentLog.open(folder, disk)) {
            Intent again = Objects.requireNonNull(known(log.live(), 1).valid(BOOT));
            assertThat(again.place()).isEqualTo(new Place(9, name("ähnlich")));
            assertThat(again.written()).isEqualTo(new Time(1_700_000_000, 12));
            assertThat(again.killPrivileges()).isTrue();
            assertThat(again.appended().toList()).isEqualTo(ranges(0, 200).toList());
            assertThat(again.dirty().toList())
                    .isEqualTo(ranges(0, 200, 210, 220).toList());
        }
    }

    @Test
    void whatWasNotSyncedCountsUntilTheMachineStartsAgain() throws Exception {
        try (IntentLog log = IntentLog.open(folder, disk)) {
            log.intent(intent(1, 100, true));
            log.intent(intent(1, 200, false));
            log.intent(intent(2, 200, false));
            log.removed(2, true);
        }
        IntentLog.Live one = known(read().live(), 1);
        assertThat(one.valid(BOOT)).isNotNull();
        assertThat(end(read(), 1)).isEqualTo(200);
        Intent older = Objects.requireNonNull(one.valid(BOOT + 1));
        assertThat(older.dirty().toList().getFirst().end()).isEqualTo(100);
        assertThat(known(read().live(), 2).valid(BOOT + 1)).isNull();
        assertThat(known(read().live(), 2).removed()).isTrue();
    }

    /** Wherever the last record was cut off or damaged, those before it count and nobody is alarmed. */
    @Test
    void aTornEndIsNoDamage() throws Exception {
        try (IntentLog log = IntentLog.open(folder, disk)) {
            log.sync(log.intent(intent(1, 100, true)));
            log.intent(intent(2, 200, true));
        }
        Path path = folder.resolve(IntentLog.FILE);
        byte[] whole = Files.readAllBytes(path);
        int second = recordBytes();
        int end = 2 * second;
        assertThat(end(read(), 2)).isEqualTo(200);
        for (int at = second; at < end; at++) {
            if (whole[at] == 0) {
                continue;
            }
            byte[] torn = whole.clone();
            Arrays.fill(torn, at, end, (byte) 0);
            Files.write(path, torn);
            IntentLog.Contents contents = read();
            assertThat(end(contents, 1)).as("torn at %s", at).isEqualTo(100);
            assertThat(contents.live()).as("torn at %s", at).hasSize(1);
            assertThat(contents.damage()).as("torn at %s", at).isNull();
        }
    }

    /** The disk may have written the blocks of what was not synced in any order. */
    @Test
    void aGapInWhatWasNotPromisedIsNoDamage() throws Exception {
        try (IntentLog log = IntentLog.open(folder, disk)) {
            log.sync(log.intent(intent(1, 100, true)));
            log.intent(intent(2, 200, true));
            log.intent(intent(3, 300, true));
        }
        damage(1);
        assertThat(read().live().keySet()).containsExactly(1L, 3L);
        assertThat(read().damage()).isNull();
    }

    @Test
    void whatWasPromisedAndIsGoneIsToldAndKept() throws Exception {
        try (IntentLog log = IntentLog.open(folder, disk)) {
            log.intent(intent(1, 100, true));
            log.sync(log.intent(intent(2, 200, true)));
            log.sync(log.intent(intent(3, 300, true)));
        }
        damage(1);
        assertThat(read().damage()).contains("record 2");
        assertThat(read().live().keySet()).containsExactly(1L, 3L);
        IntentLog.open(folder, disk).close();
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .anyMatch(name -> name.startsWith("intents.damaged-"));
        }
        assertThat(read().damage()).isNull();
        assertThat(read().live().keySet()).containsExactly(1L, 3L);
    }

    private static int recordBytes() {
        Bytes body = Bytes.wrap(intent(1, 100, true).encode());
        return new IntentRecord(1, 1, 0, IntentRecord.Kind.INTENT, body).sizeBytes();
    }

    /** Flips a bit in one of the records, which are of one size. */
    private void damage(int record) throws IOException {
        Path path = folder.resolve(IntentLog.FILE);
        byte[] bytes = Files.readAllBytes(path);
        int size = recordBytes();
        bytes[record * size + IntentRecord.HEAD_BYTES + 11] ^= 4;
        Files.write(path, bytes);
    }

    @Test
    void aFullLogIsReplacedByWhatCounts() throws Exception {
        RangeSet many = new RangeSet();
        for (int i = 0; i < 20_000; i++) {
            many.add(i * 10L, i * 10L + 5);
        }
        try (IntentLog log = IntentLog.open(folder, disk)) {
            log.intent(intent(1, 100, true));
            for (int i = 0; i < 60; i++) {
                Intent long1 = intent(2, i, true);
                log.intent(new Intent(2, 5, long1.base(), many, ranges(), null, false, null, true, BOOT));
                log.intent(intent(3, 1_000 + i, true));
            }
            log.sync(log.end(2));
            assertThat(Files.size(folder.resolve(IntentLog.FILE))).isLessThan(16L << 20);
        }
        assertThat(read().live().keySet()).containsExactly(1L, 3L);
        assertThat(end(read(), 3)).isEqualTo(1_059);
        assertThat(read().damage()).isNull();
    }

    @Test
    void manyWhoWaitAreAllServed() throws Exception {
        try (IntentLog log = IntentLog.open(folder, disk);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                long ino = i;
                all.add(threads.submit((Callable<?>) () -> {
                    for (int round = 1; round <= 20; round++) {
                        long number = log.intent(intent(ino, round, true));
                        log.sync(number);
                        assertThat(log.isDurable(number)).isTrue();
                    }
                    return true;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        IntentLog.Contents contents = read();
        for (long ino = 0; ino < 64; ino++) {
            assertThat(end(contents, ino)).isEqualTo(20);
        }
    }

    @Test
    void aLogThatWasRemovedPromisesNothing() throws Exception {
        try (IntentLog log = IntentLog.open(folder, disk)) {
            log.sync(log.intent(intent(1, 100, true)));
            Files.delete(folder.resolve(IntentLog.FILE));
            long number = log.intent(intent(2, 100, true));
            assertThatThrownBy(() -> log.sync(number)).hasMessageContaining("was removed");
            assertThatThrownBy(() -> log.intent(intent(3, 100, true))).hasMessageContaining("cannot be relied on");
        }
    }
}
