package dev.leat.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.fs.Time;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a log wherever its writer was killed. */
final class WorkLogTest {
    @TempDir
    private Path folder = Path.of("");

    private static List<RangeSet.Range> written(Path path) throws Exception {
        return WorkLog.read(path).dirty().toList();
    }

    @Test
    void aWriterThatIsKilledLosesNothingThatItHadNoted() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Path path = folder.resolve("1.log");
        WorkLog log = WorkLog.create(path);
        RangeSet all = new RangeSet();
        List<Long> ends = new ArrayList<>();
        List<List<RangeSet.Range>> states = new ArrayList<>();
        ends.add(0L);
        states.add(List.of());
        for (int i = 0; i < 200; i++) {
            long start = random.nextInt(100_000);
            long end = start + 1 + random.nextInt(5_000);
            boolean appended = random.nextBoolean();
            all.add(start, end);
            log.wrote(start, end, appended, false, new Time(i, i));
            ends.add(Files.size(path));
            states.add(all.toList());
        }
        byte[] bytes = Files.readAllBytes(path);
        Path cut = folder.resolve("cut.log");
        for (int length = 0; length <= bytes.length; length += 1 + random.nextInt(60)) {
            Files.write(cut, java.util.Arrays.copyOf(bytes, length));
            int known = 0;
            while (known + 1 < ends.size() && ends.get(known + 1) <= length) {
                known++;
            }
            assertThat(written(cut)).as("seed %s, %s bytes", seed, length).isEqualTo(states.get(known));
        }
        assertThat(WorkLog.read(path).written()).isEqualTo(new Time(199, 199));
        log.discard();
        assertThat(path).doesNotExist();
    }
}
