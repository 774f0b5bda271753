package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warming up that nobody waits for. Each job has a thread until it is done; the last ones are remembered, so that somebody
 * can look how they ended.
 *
 * <p>Concurrency: all methods from any thread.
 */
final class WarmupJobs implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WarmupJobs.class);

    /** Jobs that go on at a time; each has threads of its own. */
    private static final int RUNNING_MAX = 4;

    private static final int REMEMBERED_MAX = 16;

    /** A fetch under way is given up when the cache is closed. */
    private static final Duration END = Duration.ofSeconds(2);

    private final Function<Map<?, ?>, WarmupRun> prepare;
    private final Deque<Job> jobs = new ArrayDeque<>(); // guarded by this
    private volatile boolean ended;

    /** Jobs that are prepared from the arguments of a request. */
    WarmupJobs(Function<Map<?, ?>, WarmupRun> prepare) {
        this.prepare = prepare;
    }

    private static final class Job {
        private final WarmupRun warmup;
        private volatile @Nullable Thread thread;
        private volatile String state = "running";
        private volatile @Nullable String error;

        Job(WarmupRun warmup) {
            this.warmup = warmup;
        }

        boolean isRunning() {
            return state.equals("running");
        }

        Map<String, @Nullable Object> facts() {
            Map<String, @Nullable Object> facts = new LinkedHashMap<>();
            facts.put("state", state);
            if (error != null) {
                facts.put("error", error);
            }
            facts.putAll(warmup.facts());
            return facts;
        }
    }

    /** Starts a job and returns. */
    synchronized Map<String, @Nullable Object> start(Map<?, ?> arguments) {
        if (ended) {
            throw CliException.failed("the mount is ending");
        }
        if (jobs.stream().filter(Job::isRunning).count() >= RUNNING_MAX) {
            throw CliException.failed(RUNNING_MAX + " warm-ups go on in the background of this mount already; wait for "
                    + "one of them, 'leat status' shows how far they are");
        }
        Job job = new Job(prepare.apply(arguments));
        jobs.addLast(job);
        if (jobs.size() > REMEMBERED_MAX) {
            jobs.stream().filter(old -> !old.isRunning()).findFirst().ifPresent(jobs::remove);
        }
        job.thread = Thread.ofPlatform().daemon().name("warmup").start(() -> run(job));
        return job.facts();
    }

    private void run(Job job) {
        try {
            Map<String, @Nullable Object> result = job.warmup.run(_ -> {
                if (ended) {
                    throw new InterruptedIOException("the mount ends");
                }
            });
            job.state = "done";
            log.info("warm-up in the background: {}", result);
        } catch (IOException | RuntimeException e) {
            job.error = String.valueOf(e.getMessage());
            job.state = ended ? "ended with the mount" : "failed";
            if (!ended) {
                log.warn("a warm-up in the background failed: {}; run it again to go on", e.getMessage());
            }
        }
    }

    /** The jobs, oldest first. */
    synchronized List<Map<String, @Nullable Object>> facts() {
        return jobs.stream().map(Job::facts).toList();
    }

    /** Ends what is going on. */
    @Override
    public void close() {
        ended = true;
        List<Thread> threads = new ArrayList<>();
        synchronized (this) {
            for (Job job : jobs) {
                Thread thread = job.thread;
                if (thread != null) {
                    threads.add(thread);
                }
            }
        }
        try {
            for (Thread thread : threads) {
                thread.interrupt();
                thread.join(END);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
