package dev.leat.meta.engine.sqlite;

import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitPlan;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Value;
import dev.leat.sys.Threads;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits what arrives together in one transaction: one thread owns the only connection that writes.
 *
 * <p>Each round takes what has queued up, begins one transaction, decides and applies one commit after the other inside it, and
 * answers all of them after COMMIT. A commit is decided before it writes anything, so a refused one needs no savepoint to leave no
 * trace. In WAL mode with {@code synchronous = NORMAL} a transaction costs no fsync; with FULL it costs one, which also covers all
 * transactions before it, since the log is one file that only grows. So a round with a durable commit is run under FULL, and
 * after a second of rounds without one the log is forced by a round of its own.
 *
 * <p>Between processes: only one holds SQLite's write lock, and SQLite's own waiting sleeps up to 100 ms between its tries, with
 * which a busy neighbour would starve us. So this thread tries again after a fraction of a millisecond, and pauses as long after its
 * own rounds while it sees that somebody else commits.
 */
final class GroupCommitter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommitter.class);

    /** Commits of one round: enough that the cost of a transaction vanishes, few enough that nobody waits long. */
    private static final int ROUND_COMMITS_MAX = 256;

    /** Commits that may wait; more callers than that block, as they would on any full disk queue. */
    private static final int QUEUE_COMMITS_MAX = 4_096;

    /** Bytes lost at most by power loss are those of the last second, as with ext4's own commit interval of seconds. */
    private static final Duration FLUSH_INTERVAL = Duration.ofSeconds(1);

    /** How often events are trimmed, counted in events of this process. */
    private static final int TRIM_EVERY_EVENTS = 512;

    /** How long after another process's commit this one leaves it room. */
    private static final long NEIGHBOUR_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Room that is left between two rounds for a neighbour, who tries a few times in it. */
    private static final long COURTESY_NANOS = TimeUnit.MICROSECONDS.toNanos(300);

    /** Longest pause between two tries for the write lock. */
    private static final long RETRY_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(1);

    private final Path file;
    private final SqliteLink link;
    private final Duration timeout;
    private final long feedEventsMax;
    private final Runnable onCommit;
    private final BlockingQueue<Job> queue = new ArrayBlockingQueue<>(QUEUE_COMMITS_MAX);
    private final Thread thread;
    private final CommitPlan.State state = new LinkState();
    private volatile boolean closed;
    private volatile boolean checkpointWanted;

    // Owned by the thread.
    private boolean durableNow;
    private boolean dirty;
    private long dirtySince;
    private int eventsSinceTrim;
    private long dataVersion;
    private long neighbourSeen = System.nanoTime() - NEIGHBOUR_NANOS;

    /**
     * Starts the thread.
     *
     * @param link the writing connection, owned and closed by this from now on
     * @param timeout longest wait for the write lock and for an answer
     * @param feedEventsMax events that the feed keeps
     * @param onCommit called after each round that changed something
     */
    GroupCommitter(Path file, SqliteLink link, Duration timeout, long feedEventsMax, Runnable onCommit) {
        this.file = file;
        this.link = link;
        this.timeout = timeout;
        this.feedEventsMax = feedEventsMax;
        this.onCommit = onCommit;
        this.thread = Thread.ofPlatform().name("leat-sqlite-commit").daemon().unstarted(this::work);
        thread.start();
    }

    /** Commits and returns the answer. */
    CommitResult commit(Commit commit) throws MetaException {
        return await(new Job(commit, commit.durable(), new CompletableFuture<>()));
    }

    /** Returns when all rounds so far are on the disk. */
    void sync() throws MetaException {
        await(new Job(null, true, new CompletableFuture<>()));
    }

    /** Asks for a checkpoint between two rounds, when the log can be emptied whole. */
    void wantCheckpoint() {
        checkpointWanted = true;
    }

    private CommitResult await(Job job) throws MetaException {
        try {
            if (closed || !queue.offer(job, timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                throw closed ? closedError() : late(null);
            }
            if (closed && queue.remove(job)) {
                throw closedError();
            }
            return job.answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof MetaException cause) {
                throw new MetaException(cause.kind(), String.valueOf(cause.getMessage()), cause);
            }
            throw new MetaException(Kind.UNAVAILABLE, "the commit to " + file + " failed: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw late(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MetaException(Kind.UNAVAILABLE, "interrupted while committing to " + file, e);
        }
    }

    private MetaException late(@Nullable Throwable cause) {
        return new MetaException(
                Kind.UNAVAILABLE, file + " took no commit within " + timeout.toMillis() + " ms; try again", cause);
    }

    private MetaException closedError() {
        return new MetaException(Kind.INVALID, "the metadata engine on " + file + " is closed");
    }

    private void work() {
        List<Job> round = new ArrayList<>();
        while (true) {
            round.clear();
            try {
                Job first = queue.poll(dirty ? untilFlushNanos() : Long.MAX_VALUE, TimeUnit.NANOSECONDS);
                if (first != null) {
                    round.add(first);
                    queue.drainTo(round, ROUND_COMMITS_MAX - 1);
                }
            } catch (InterruptedException e) {
                // Only close() interrupts.
            }
            if (closed && round.isEmpty()) {
                break;
            }
            run(round);
            betweenRounds();
        }
        if (dirty) {
            run(List.of());
        }
        link.close();
    }

    private long untilFlushNanos() {
        return Math.max(0, dirtySince + FLUSH_INTERVAL.toNanos() - System.nanoTime());
    }

    private void run(List<Job> round) {
        boolean durable = round.stream().anyMatch(job -> job.durable) || (dirty && untilFlushNanos() == 0) || closed;
        List<CommitResult> results = new ArrayList<>(round.size());
        try {
            beginWrite(durable);
            boolean changed = false;
            boolean promised = dirty;
            for (Job job : round) {
                changed |= runOne(job, results);
                // Applied by an earlier sending, or by another process before a sync: it may not be on the disk yet.
                promised |= job.durable && results.getLast() instanceof CommitResult.Applied;
            }
            if (durable && !changed && promised) {
                // An empty transaction would not reach the log, and so not force it.
                link.touch();
            }
            link.commit();
            dirty = !durable && (dirty || changed);
            if (dirty && changed && dirtySince == 0) {
                dirtySince = System.nanoTime();
            }
            dirtySince = dirty ? dirtySince : 0;
            if (changed) {
                onCommit.run();
            }
        } catch (SQLException | MetaException e) {
            link.recover();
            MetaException told =
                    e instanceof MetaException meta ? meta : SqliteErrors.translate(file, (SQLException) e);
            if (round.isEmpty()) {
                LOG.warn("cannot flush {}: {}", file, told.getMessage());
                dirtySince = System.nanoTime();
            }
            round.forEach(job -> job.answer.completeExceptionally(told));
            return;
        }
        for (int i = 0; i < round.size(); i++) {
            round.get(i).answer.complete(results.get(i));
        }
    }

    /** Decides and applies one commit in the open transaction; whether it wrote anything. */
    private boolean runOne(Job job, List<CommitResult> results) throws SQLException, MetaException {
        Commit commit = job.commit;
        if (commit == null) {
            results.add(CommitResult.APPLIED);
            return false;
        }
        CommitPlan plan;
        try {
            plan = CommitPlan.decide(commit, state);
        } catch (MetaException e) {
            if (e.getCause() instanceof SQLException cause) {
                throw cause;
            }
            // Its own fault, and it has written nothing.
            job.answer.completeExceptionally(e);
            results.add(CommitResult.FENCED);
            return false;
        }
        for (CommitPlan.Change change : plan.changes()) {
            link.apply(change, commit.stamp());
        }
        List<Key> keys = plan.applies() ? CommitRules.feedKeys(commit) : List.of();
        if (!keys.isEmpty()) {
            link.addEvent(commit.stamp(), keys);
            if (++eventsSinceTrim >= TRIM_EVERY_EVENTS) {
                link.trimFeed(feedEventsMax);
                eventsSinceTrim = 0;
            }
        }
        results.add(plan.result());
        return plan.applies();
    }

    private void beginWrite(boolean durable) throws SQLException {
        if (durable != durableNow) {
            link.setDurable(durable);
            durableNow = durable;
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        long pause = RETRY_NANOS_MAX / 16;
        while (true) {
            try {
                link.beginWrite();
                break;
            } catch (SQLException e) {
                if (!SqliteErrors.isBusy(e) || System.nanoTime() > deadline) {
                    throw e;
                }
                LockSupport.parkNanos(pause + ThreadLocalRandom.current().nextLong(pause));
                pause = Math.min(RETRY_NANOS_MAX, pause * 2);
            }
        }
        long version = link.dataVersion();
        if (version != dataVersion) {
            neighbourSeen = dataVersion == 0 ? neighbourSeen : System.nanoTime();
            dataVersion = version;
        }
    }

    private void betweenRounds() {
        if (checkpointWanted) {
            checkpointWanted = false;
            try {
                link.checkpoint();
            } catch (SQLException e) {
                link.recover();
                LOG.warn(
                        "cannot shorten the log: {}",
                        SqliteErrors.translate(file, e).getMessage());
            }
        }
        if (System.nanoTime() - neighbourSeen < NEIGHBOUR_NANOS) {
            LockSupport.parkNanos(COURTESY_NANOS);
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        Threads.join(thread);
        List<Job> left = new ArrayList<>();
        queue.drainTo(left);
        left.forEach(job -> job.answer.completeExceptionally(closedError()));
    }

    /**
     * Work for a round.
     *
     * @param commit what to commit, null to force the log only
     */
    private record Job(@Nullable Commit commit, boolean durable, CompletableFuture<CommitResult> answer) {}

    /** The file as a commit sees it: inside the open transaction. */
    private final class LinkState implements CommitPlan.State {
        @Override
        public @Nullable Value get(Key key) throws MetaException {
            try {
                return link.get(key);
            } catch (SQLException e) {
                throw SqliteErrors.translate(file, e);
            }
        }

        @Override
        public Map.@Nullable Entry<Key, Value> any(Prefix prefix) throws MetaException {
            try {
                List<Map.Entry<Key, Value>> page = link.scan(prefix, null, 1);
                return page.isEmpty() ? null : page.getFirst();
            } catch (SQLException e) {
                throw SqliteErrors.translate(file, e);
            }
        }
    }
}
