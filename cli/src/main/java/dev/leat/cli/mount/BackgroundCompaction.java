package dev.leat.cli.mount;

import dev.leat.meta.content.CompactionPlan;
import dev.leat.meta.content.CompactionReport;
import dev.leat.meta.content.CompactionRule;
import dev.leat.meta.content.CompactionWork;
import dev.leat.meta.content.ContentStore;
import dev.leat.meta.fs.Client;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.session.Turn;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compaction that nobody asked for, within a bound of bytes a second: within seconds of files that were written here and now lie in many small
 * pieces, and once an hour, by one of all mounts, of everything in the volume that is worth it.
 *
 * <p>Concurrency: one thread of its own; {@link #report} from any.
 */
final class BackgroundCompaction implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BackgroundCompaction.class);

    /** How often files that became crowded are looked for: a burst of fsyncs is then one piece of work. */
    private static final Duration TICK = Duration.ofSeconds(1);

    /** How often it is asked whether the walk over everything is due. */
    private static final Duration ASK = Duration.ofMinutes(1);

    /** The walk reads all metadata once, as a dump does. */
    private static final Duration EVERYTHING = Duration.ofHours(1);

    /** A piece under way is one part of an upload or one commit. */
    private static final Duration END = Duration.ofSeconds(10);

    /** Files whose count of extents is remembered: about 1 MiB. */
    private static final int EXAMINED_MAX = 10_000;

    private final MountParts parts;
    private final ContentStore content;
    private final long bytesPerSecond;
    private final int extentsMax;
    private final CompactionRun run;
    private final Turn turn;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;
    private final Map<Long, Long> examined = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
            return size() > EXAMINED_MAX;
        }
    };
    private long freeNanos = System.nanoTime();
    private long askNanos = System.nanoTime();
    private String lastFailure = "";

    private BackgroundCompaction(MountParts parts, long bytesPerSecond, int extentsMax) {
        Client client = parts.meta().client();
        this.parts = parts;
        this.content = parts.meta().content();
        this.bytesPerSecond = bytesPerSecond;
        this.extentsMax = extentsMax;
        this.run = new CompactionRun(parts.vfs().compactor(content, this::pace), 1);
        this.turn = new Turn(client.transactions(), client.clock(), "compact", EVERYTHING);
        this.thread = Thread.ofPlatform().daemon().name("compaction").unstarted(this::loop);
    }

    /**
     * Starts it for a mount that can write.
     *
     * @param bytesPerSecond most bytes that it writes a second, and reads as many
     * @param extentsMax extents beyond which a file is compacted soon
     */
    static BackgroundCompaction start(MountParts parts, long bytesPerSecond, int extentsMax) {
        BackgroundCompaction compaction = new BackgroundCompaction(parts, bytesPerSecond, extentsMax);
        compaction.thread.start();
        return compaction;
    }

    /** What was done so far. */
    CompactionReport report() {
        return run.report();
    }

    private void loop() {
        try {
            while (!stop.await(TICK.toMillis(), TimeUnit.MILLISECONDS)) {
                round();
            }
        } catch (InterruptedException e) {
            log.debug("background compaction was interrupted");
        }
    }

    private void round() throws InterruptedException {
        try {
            crowded();
            if (System.nanoTime() - askNanos >= ASK.toNanos()) {
                askNanos = System.nanoTime();
                everything();
            }
        } catch (RuntimeException e) {
            // One file that cannot be compacted must not keep the others from it for the life of the mount.
            log.error("an error in background compaction, which goes on", e);
        }
    }

    private void crowded() throws InterruptedException {
        for (long ino : parts.vfs().takeCrowded()) {
            if (stop.getCount() == 0) {
                return;
            }
            try {
                file(ino);
            } catch (IOException e) {
                failed(e);
            }
        }
    }

    private void file(long ino) throws IOException, InterruptedException {
        long count = count(ino);
        // What is left after an examination was not worth joining: the next one waits until there is as much again.
        if (count - examined.getOrDefault(ino, 0L) < extentsMax) {
            return;
        }
        compact(CompactionPlan.ofFile(content, ino, CompactionRule.BACKGROUND));
        examined.put(ino, count(ino));
    }

    private long count(long ino) throws FsException {
        try {
            return content.extentCount(ino);
        } catch (FsException e) {
            if (e.errno() == Errno.ESTALE) {
                examined.remove(ino);
                return 0;
            }
            throw e;
        }
    }

    private void everything() throws InterruptedException {
        try {
            if (!turn.take()) {
                return;
            }
            // At most half of the time until the next one.
            long bytesMax = bytesPerSecond * EVERYTHING.toSeconds() / 2;
            List<CompactionWork> works = CompactionPlan.make(parts.engine(), CompactionRule.BACKGROUND, bytesMax);
            if (!works.isEmpty()) {
                CompactionReport before = run.report();
                for (List<CompactionWork> some : CompactionRun.batches(works)) {
                    compact(some);
                    // Files that are written now do not wait for the walk's end.
                    crowded();
                }
                log.info(
                        "compacted the volume: {} pieces of {} files, from {} to {}",
                        works.size(),
                        works.stream().mapToLong(CompactionWork::ino).distinct().count(),
                        before,
                        run.report());
            }
        } catch (IOException e) {
            failed(e);
        }
    }

    private void compact(List<CompactionWork> works) throws IOException, InterruptedException {
        run.run(works, _ -> {
            if (stop.getCount() == 0) {
                throw new InterruptedIOException("the mount ends");
            }
        });
    }

    private void failed(IOException e) {
        String failure = String.valueOf(e.getMessage());
        // The same trouble each second is told once.
        if (stop.getCount() > 0 && !failure.equals(lastFailure)) {
            log.warn("compaction stopped and will be tried again: {}", failure);
            lastFailure = failure;
        }
    }

    /** Waits until the bytes that went before are paid for. */
    private void pace(long bytes) throws IOException {
        long now = System.nanoTime();
        try {
            if (stop.await(Math.max(0, freeNanos - now), TimeUnit.NANOSECONDS)) {
                throw new InterruptedIOException("the mount ends");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the mount ends");
        }
        freeNanos = Math.max(System.nanoTime(), freeNanos)
                + (long) ((double) bytes / bytesPerSecond * TimeUnit.SECONDS.toNanos(1));
    }

    @Override
    public void close() {
        stop.countDown();
        try {
            thread.join(END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
