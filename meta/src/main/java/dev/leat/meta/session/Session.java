package dev.leat.meta.session;

import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Time;
import dev.leat.meta.record.Heartbeat;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.SessionRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A live client of a volume. It claims a number (for inode numbers) and has 64 random bits (for stamps and blobs); it shows that it lives by
 * a heartbeat every fifth of its lease, and watches the heartbeats of the others. When the others have declared it dead, it is dead for good:
 * every change ends with EIO, and the {@link #onDeath} hooks are told.
 */
public final class Session implements AutoCloseable {
    /** Heartbeats per lease: four may be lost before the others act. */
    static final int HEARTBEATS_PER_LEASE = 5;

    private static final Logger LOG = LoggerFactory.getLogger(Session.class);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final MetaEngine engine;
    private final SessionSpec spec;
    private final SessionRecord record;
    private final SessionToken token;
    private final CommitRunner commits;
    private final InodeNumbers inodes;
    private final SessionWatch watch;
    private final List<Consumer<String>> deathHooks = new CopyOnWriteArrayList<>();
    private final AtomicBoolean dead = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile LongSupplier lowWater = () -> 0;
    private volatile long lastBeatNanos;
    private volatile Stamp heartbeatStamp;
    private long beats;
    private long publishedLowWater;
    private @Nullable HeartbeatThread thread;

    private Session(MetaEngine engine, SessionSpec spec, SessionRecord record, SessionToken token, Stamp heartbeat) {
        this.engine = engine;
        this.spec = spec;
        this.record = record;
        this.token = token;
        this.heartbeatStamp = heartbeat;
        this.lastBeatNanos = spec.nanoTime().getAsLong();
        SlotPool slots = new SlotPool(record.number());
        this.commits = new CommitRunner(engine, token, slots, spec.requestDeadline(), this::die);
        // The claim's own stamp was (id, 0).
        this.inodes = new InodeNumbers(token, () -> claimNumber(engine, commits.nextStamp()));
        this.watch = new SessionWatch(engine, record.number(), commits::nextStamp, spec.nanoTime(), interval());
    }

    /**
     * Opens a session on a volume.
     *
     * @param version of Leat, shown to people
     */
    public static Session open(MetaEngine engine, SessionSpec spec, String version) throws FsException {
        long id = RANDOM.nextLong();
        Stamp stamp = new Stamp(id, 0);
        while (true) {
            SessionRecord record = new SessionRecord(
                    randomNumber(),
                    id,
                    hostName(),
                    ProcessHandle.current().pid(),
                    version,
                    spec.mountPoint(),
                    SlotPool.SLOTS,
                    Time.now(spec.clock()));
            if (claim(engine, spec, record, stamp)) {
                Session session = new Session(engine, spec, record, new SessionToken(record.number(), id, 0), stamp);
                if (spec.heartbeat()) {
                    session.startHeartbeats();
                }
                LOG.info(
                        "session {} opened, lease {} s",
                        session.shortName(),
                        spec.lease().toMillis() / 1000.0);
                return session;
            }
        }
    }

    /**
     * Goes on with a session whose process has died, inside its lease; what that process was told about the session before holds on.
     *
     * @param token as the dead process has it, for the next one
     * @return null if the others have declared it dead
     */
    public static @Nullable Session resume(MetaEngine engine, SessionSpec spec, SessionToken token, String version)
            throws FsException {
        Value row = new Reader(engine, spec.requestDeadline()).get(Keys.session(token.number()));
        try {
            SessionRecord before = row == null ? null : SessionRecord.decode(row.bytes());
            if (before == null || before.id() != token.id() || token.generation() > SessionToken.GENERATIONS_MAX) {
                return null;
            }
            SessionRecord record = new SessionRecord(
                    before.number(),
                    before.id(),
                    before.host(),
                    ProcessHandle.current().pid(),
                    version,
                    before.mountPoint(),
                    before.slots(),
                    before.started());
            Session session = new Session(engine, spec, record, token, new Stamp(token.id(), 0));
            session.beats = token.base();
            session.commits.takeOver();
            session.commits.runAside(List.of(), List.of(new Write.Put(Keys.session(record.number()), record.encode())));
            session.beat();
            if (spec.heartbeat()) {
                session.startHeartbeats();
            }
            LOG.info("session {} goes on in process {}", session.shortName(), record.pid());
            return session;
        } catch (MetaException e) {
            throw Failures.of(e);
        }
    }

    private static boolean claim(MetaEngine engine, SessionSpec spec, SessionRecord record, Stamp stamp)
            throws FsException {
        int number = record.number();
        Key taken = Keys.numberTaken(number);
        List<Write> writes = new ArrayList<>();
        writes.add(new Write.Put(taken, new byte[0]));
        writes.add(new Write.Put(Keys.session(number), record.encode()));
        writes.add(new Write.Put(Keys.heartbeat(number), new Heartbeat(0, spec.lease(), 0).encode()));
        for (int slot = 0; slot < record.slots(); slot++) {
            writes.add(new Write.Put(Keys.slot(number, slot), CommitRules.slotRow(0, 0)));
        }
        return takeNumber(engine, spec, taken, new Commit(null, stamp, List.of(new Check.Absent(taken)), writes, true));
    }

    /** Commits a claim of a number that needs no slot: what stands there tells whether an earlier copy of it was applied. */
    private static boolean takeNumber(MetaEngine engine, SessionSpec spec, Key taken, Commit commit)
            throws FsException {
        CommitResult result = Unslotted.commit(engine, commit, spec.requestDeadline());
        return switch (result) {
            case CommitResult.Applied() -> true;
            case CommitResult.Failed(Map<Key, Optional<Value>> current) ->
                current.getOrDefault(taken, Optional.empty())
                        .filter(value -> value.stamp().equals(commit.stamp()))
                        .isPresent();
            case CommitResult.Fenced() -> throw new IllegalStateException("a commit without a slot cannot be fenced");
        };
    }

    private int claimNumber(MetaEngine claimEngine, Stamp stamp) throws FsException {
        while (true) {
            int number = randomNumber();
            Key taken = Keys.numberTaken(number);
            Commit commit = new Commit(
                    null, stamp, List.of(new Check.Absent(taken)), List.of(new Write.Put(taken, new byte[0])), true);
            if (takeNumber(claimEngine, spec, taken, commit)) {
                return number;
            }
        }
    }

    private static int randomNumber() {
        int number;
        do {
            number = RANDOM.nextInt();
        } while (number == 0); // Inodes below 2^31 are the volume's own, such as the root.
        return number;
    }

    /** What the others see of it. */
    public SessionRecord record() {
        return record;
    }

    /** What the next process needs to go on with it. */
    public SessionToken token() {
        return token;
    }

    /** Whether another process had it before, of which there may be locks and open files. */
    public boolean isResumed() {
        return token.generation() > 0;
    }

    /** Whether an inode's number was given out by this session; false also for some after very many. */
    public boolean made(long ino) {
        return InodeNumbers.numberIn(ino) == record.number();
    }

    /** Its number. */
    public int number() {
        return record.number();
    }

    /** How long it may be silent. */
    public Duration lease() {
        return spec.lease();
    }

    /** Its wall clock. */
    public Clock clock() {
        return spec.clock();
    }

    /** Its monotonic clock, in nanoseconds. */
    public long nanoTime() {
        return spec.nanoTime().getAsLong();
    }

    /** Its commits. */
    public CommitRunner commits() {
        return commits;
    }

    /** An inode number that was never used and never will be. */
    public long nextInode() throws FsException {
        return inodes.next();
    }

    /** Whether it can still change anything, as far as it knows. */
    public boolean alive() {
        return !dead.get() && !closed.get();
    }

    /** Whether its last heartbeat is less than two intervals old, so that nobody can have declared it dead. */
    public boolean fresh() {
        return alive() && nanoTime() - lastBeatNanos < 2 * interval().toNanos();
    }

    /** How long ago the last heartbeat that arrived was sent. */
    public Duration silence() {
        return Duration.ofNanos(nanoTime() - lastBeatNanos);
    }

    /** Adds a hook that is told, once, why the session died. */
    public void onDeath(Consumer<String> hook) {
        deathHooks.add(hook);
    }

    /** Sets where heartbeats take the low-water sequence of this session's blobs from. */
    public void lowWater(LongSupplier source) {
        lowWater = source;
    }

    /** Whether a session lives: its row is there. */
    public boolean isLive(int number) throws FsException {
        if (number == record.number()) {
            return alive();
        }
        return new Reader(engine, spec.requestDeadline()).get(Keys.session(number)) != null;
    }

    /** Sends one heartbeat; the session's thread does it by itself. */
    public void beat() throws FsException {
        // A commit in doubt may reference blobs that look finished: the mark stays where it was until it is decided.
        if (!commits.anyDoubt()) {
            publishedLowWater = Math.max(publishedLowWater, lowWater.getAsLong());
        }
        long sent = nanoTime();
        Heartbeat beat = new Heartbeat(++beats, spec.lease(), publishedLowWater);
        CommitRunner.Outcome outcome =
                commits.runAside(List.of(), List.of(new Write.Put(Keys.heartbeat(record.number()), beat.encode())));
        heartbeatStamp = outcome.stamp();
        lastBeatNanos = sent;
        commits.settleDoubts();
    }

    /** Looks at the others' heartbeats and declares those dead that were silent for their lease; the session's thread does it by itself. */
    public List<SessionRecord> watchOthers() throws FsException {
        return watch.look(spec.requestDeadline());
    }

    /** The leases of the other live sessions, read now, by number. */
    public Map<Integer, Duration> others() throws FsException {
        return watch.others(spec.requestDeadline());
    }

    /** How this session appears in messages. */
    public String shortName() {
        return Integer.toUnsignedString(record.number(), 16) + " (" + record.host() + ":" + record.pid() + ")";
    }

    private void die(String why) {
        commits.die(why);
        if (dead.compareAndSet(false, true)) {
            LOG.error("session {}: {}", shortName(), why);
            deathHooks.forEach(hook -> hook.accept(why));
        }
    }

    private Duration interval() {
        return spec.lease().dividedBy(HEARTBEATS_PER_LEASE);
    }

    private void startHeartbeats() {
        thread = new HeartbeatThread(this, interval());
        thread.start();
    }

    /** Ends the session: its rows go in one commit, so that nobody has to wait for the lease. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        if (thread != null) {
            thread.end();
        }
        commits.die("the session is closed");
        if (dead.get()) {
            return;
        }
        try {
            SessionWatch.remove(
                    engine,
                    record.number(),
                    record.slots(),
                    heartbeatStamp,
                    commits.nextStamp(),
                    spec.requestDeadline());
            LOG.info("session {} ended", shortName());
        } catch (FsException e) {
            LOG.warn(
                    "session {} could not say goodbye; the others will miss it after its lease: {}",
                    shortName(),
                    e.getMessage());
        }
    }

    private static String hostName() {
        String name = System.getenv("HOSTNAME");
        if (name != null && !name.isBlank()) {
            return name;
        }
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return "localhost";
        }
    }
}
