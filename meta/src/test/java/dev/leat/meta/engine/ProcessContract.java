package dev.leat.meta.engine;

import static dev.leat.meta.engine.ContractVolume.scanAll;
import static dev.leat.meta.engine.ContractVolume.sum;
import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What holds between processes; for engines that {@link dev.leat.meta.MetaEngines} opens by a URL. */
public interface ProcessContract extends ContractVolume {

    /** The URL of the volume of this test, as another process opens it. */
    String url();

    @Test
    default void processesCountTogetherAndTheFeedTellsEachCommit() throws Exception {
        MetaEngine engine = client();
        FeedPage.Position start = engine.feed(null, 10, Duration.ZERO).next();
        Await.until(
                "the end is known", () -> engine.isEnd(start) == !engine.info().remote());
        int each = (int) (200 * effort());
        List<Process> processes = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                processes.add(ContractProcess.start(url(), "P" + i, each));
            }
            // Only others write until here.
            Await.until("a commit of another process is noticed", () -> !engine.isEnd(start));
            TestSession session = new TestSession(engine);
            for (int n = 0; n < each; n++) {
                session.write(ContractVolume.add(ContractProcess.TOTAL, 1));
            }
            for (Process process : processes) {
                assertThat(ContractProcess.counts(process)).hasSize(each);
                assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
                assertThat(process.exitValue()).isZero();
            }
        } finally {
            processes.forEach(Process::destroyForcibly);
        }
        assertThat(sum(engine, ContractProcess.TOTAL)).isEqualTo(4L * each);
        assertThat(FeedContract.collect(engine, start, 4 * each)).hasSize(4 * each);
    }

    @Test
    default void whatAKilledProcessWasToldIsThere() throws Exception {
        long seed = ContractVolume.seed("whatAKilledProcessWasToldIsThere");
        Random random = new Random(seed);
        MetaEngine engine = client();
        new TestSession(engine).write(ContractVolume.add(ContractProcess.TOTAL, 0));
        for (int round = 0; round < 3; round++) {
            Process process = ContractProcess.start(url(), "P" + round, 1_000_000);
            List<Integer> told;
            try {
                // It must have begun; then it is killed anywhere.
                awaitFirst(engine, "P" + round);
                process.waitFor(random.nextInt(200), TimeUnit.MILLISECONDS);
            } finally {
                // By its handle: what it has said stays readable.
                process.toHandle().destroyForcibly();
            }
            told = ContractProcess.counts(process);
            process.waitFor();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            int found;
            long kept;
            long total;
            do {
                // A server may still be at the last commit of a process that is gone, of this round or an earlier one.
                found = count(engine, round);
                kept = found;
                for (int before = 0; before < round; before++) {
                    kept += count(engine, before);
                }
                total = sum(engine, ContractProcess.TOTAL);
            } while (total != kept && System.nanoTime() < deadline);
            // One may have taken effect whose answer was never read.
            assertThat(found).as("seed %d round %d", seed, round).isBetween(told.size(), told.size() + 1);
            assertThat(total).isEqualTo(kept);
        }
    }

    private static int count(MetaEngine engine, int round) throws MetaException {
        return scanAll(engine, new Prefix(Bytes.of("P" + round), Bytes.EMPTY), 1_000)
                .size();
    }

    private static void awaitFirst(MetaEngine engine, String partition) throws MetaException {
        FeedPage.Position position = engine.feed(null, 10, Duration.ZERO).next();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (engine.scan(new Prefix(Bytes.of(partition), Bytes.EMPTY), null, 1)
                .isEmpty()) {
            assertThat(System.nanoTime())
                    .as("the process writes within two minutes")
                    .isLessThan(deadline);
            position = engine.feed(position, 10, Duration.ofSeconds(1)).next();
        }
    }
}
