package dev.leat.meta.engine;

import dev.leat.meta.engine.MetaException.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A client on a bad network: calls are late, fail before they arrive, or take effect and lose their reply, and commits arrive
 * twice. What happens follows from a seed and the order of calls.
 */
public final class FaultyEngine extends ForwardingEngine {

    /**
     * How often what happens, as probabilities from 0 to 1.
     *
     * @param lostBefore the call never arrives: UNAVAILABLE
     * @param lostReply the call takes effect, the caller gets UNAVAILABLE
     * @param doubled an applied commit arrives once more
     * @param delayed the call is late
     * @param delayMax longest delay
     */
    public record Faults(double lostBefore, double lostReply, double doubled, double delayed, Duration delayMax) {
        /** A network without faults. */
        public static final Faults NONE = new Faults(0, 0, 0, 0, Duration.ZERO);

        /** Every fault often enough to happen within a hundred calls. */
        public static final Faults SOME = new Faults(0.05, 0.05, 0.1, 0.1, Duration.ofMillis(3));
    }

    private final Faults faults;
    private final Random random;
    private final LongAdder requests = new LongAdder();
    private final LongAdder lostBefore = new LongAdder();
    private final LongAdder lostReplies = new LongAdder();
    private final LongAdder doubled = new LongAdder();
    private volatile boolean feedCut;

    /** Puts a bad network before {@code delegate}. */
    public FaultyEngine(MetaEngine delegate, long seed, Faults faults) {
        super(delegate);
        this.faults = faults;
        this.random = new Random(seed);
    }

    /** Reads and commits asked for so far, each of them one round trip. */
    public long requests() {
        return requests.sum();
    }

    /** Calls that failed before they took effect. */
    public long lostBefore() {
        return lostBefore.sum();
    }

    /** Calls that took effect and lost their reply. */
    public long lostReplies() {
        return lostReplies.sum();
    }

    /** Commits that arrived twice. */
    public long doubled() {
        return doubled.sum();
    }

    /** Whether the feed is out of reach from now on. */
    public void cutFeed(boolean cut) {
        feedCut = cut;
    }

    @Override
    public Map<Key, Value> get(List<Key> keys, List<Prefix> prefixes) throws MetaException {
        requests.increment();
        before();
        return after(super.get(keys, prefixes));
    }

    @Override
    public List<Map.Entry<Key, Value>> scan(Prefix prefix, @Nullable Bytes after, int limit) throws MetaException {
        requests.increment();
        before();
        return after(super.scan(prefix, after, limit));
    }

    @Override
    public CommitResult commit(Commit commit) throws MetaException {
        requests.increment();
        before();
        CommitResult result = super.commit(commit);
        // Only what was applied may come twice: a client sends again what is in doubt, not what it was refused.
        if (result instanceof CommitResult.Applied && commit.slot() != null && happens(faults.doubled)) {
            doubled.increment();
            result = super.commit(commit);
        }
        return after(result);
    }

    @Override
    public void sync() throws MetaException {
        before();
        super.sync();
        after(Boolean.TRUE);
    }

    @Override
    public FeedPage feed(FeedPage.@Nullable Position after, int limit, Duration wait) throws MetaException {
        before();
        if (feedCut) {
            throw new MetaException(Kind.UNAVAILABLE, "injected: the feed is cut");
        }
        return after(super.feed(after, limit, wait));
    }

    @Override
    public void export(ExportConsumer consumer) throws MetaException {
        before();
        super.export(consumer);
    }

    private void before() throws MetaException {
        if (happens(faults.delayed)) {
            LockSupport.parkNanos((long) (roll() * faults.delayMax.toNanos()));
        }
        if (happens(faults.lostBefore)) {
            lostBefore.increment();
            throw new MetaException(Kind.UNAVAILABLE, "injected: the call was lost on its way");
        }
    }

    private <T> T after(T result) throws MetaException {
        if (happens(faults.lostReply)) {
            lostReplies.increment();
            throw new MetaException(Kind.UNAVAILABLE, "injected: the reply was lost");
        }
        return result;
    }

    private boolean happens(double probability) {
        return roll() < probability;
    }

    private double roll() {
        synchronized (random) {
            return random.nextDouble();
        }
    }
}
