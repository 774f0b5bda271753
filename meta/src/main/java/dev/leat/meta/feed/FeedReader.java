package dev.leat.meta.feed;

import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.ChangeListener;
import dev.leat.meta.fs.Feed;
import dev.leat.sys.Pause;
import dev.leat.sys.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows a volume's feed and tells what others changed. Every answer of the engine, also an empty one, is a heartbeat; when two are missing the
 * listener is told that nothing cached may be trusted. The position is kept over an outage, so that what happened meanwhile is still heard of, before
 * the listener is told that the feed is fresh again.
 *
 * <p>Concurrency: one thread reads, another one watches the silence; callbacks are made under one lock.
 */
public final class FeedReader implements Feed {
    private static final Logger LOG = LoggerFactory.getLogger(FeedReader.class);

    /** Longest wait for an event: the interval of heartbeats, and the longest time that closing takes. */
    private static final Duration HEARTBEAT = Duration.ofMillis(250);

    /** Two heartbeats, and a pause of the JVM or the host that does not deserve to cost all caches. */
    private static final long STALE_NANOS = 2 * HEARTBEAT.toNanos() + 1_000_000_000L;

    private static final int PAGE = 1_000;

    /** Pause after events, so that those of a busy volume are fetched many at a time and not each by itself. */
    private static final long GATHER_NANOS = 2_000_000;

    private static final long FIRST_PAUSE_NANOS = 20_000_000;
    private static final long LONGEST_PAUSE_NANOS = 1_000_000_000;

    private final MetaEngine engine;
    private final LongPredicate own;
    private final Announcer announcer;
    private final List<KeyWatch> watches = new CopyOnWriteArrayList<>();
    private final List<KeyWatch> ownToo = new CopyOnWriteArrayList<>();
    private final Object callbacks = new Object();
    private final Thread thread;
    private final Thread watchdog;
    private @Nullable ChangeListener listener;
    private volatile FeedPage.@Nullable Position position;
    private boolean fresh;
    private volatile long heardAt = System.nanoTime();
    private volatile boolean heard;
    private volatile boolean ended;

    /**
     * A reader, not yet started.
     *
     * @param own whether a session id, as in stamps, is this client's own: its commits are not told
     * @param inodeOfEntry the inode that this client last saw at an entry, null if it saw none
     */
    public FeedReader(MetaEngine engine, LongPredicate own, Function<Key, @Nullable Long> inodeOfEntry) {
        this.engine = engine;
        this.own = own;
        this.announcer = new Announcer(inodeOfEntry);
        this.thread = Thread.ofPlatform().name("leat-feed").daemon().unstarted(this::follow);
        this.watchdog = Thread.ofVirtual().name("leat-feed-watchdog").unstarted(this::watch);
    }

    /** Adds somebody who hears of keys before the listener hears of what they mean. */
    public void add(KeyWatch watch) {
        watches.add(watch);
    }

    /** Adds somebody who hears of keys that this client wrote, too. */
    public void addForAll(KeyWatch watch) {
        ownToo.add(watch);
    }

    /** Starts to read; what was committed before is not told. */
    public void start() {
        thread.start();
        watchdog.start();
    }

    @Override
    public void listen(ChangeListener newListener) {
        synchronized (callbacks) {
            listener = newListener;
            if (fresh) {
                newListener.fresh();
            } else {
                newListener.reset();
            }
        }
    }

    @Override
    public boolean fresh() {
        return heard && System.nanoTime() - heardAt <= STALE_NANOS;
    }

    @Override
    public boolean current() {
        FeedPage.Position here = position;
        try {
            return here != null && heard && engine.isEnd(here);
        } catch (MetaException e) {
            return false;
        }
    }

    @Override
    public Duration silence() {
        return Duration.ofNanos(Math.max(0, System.nanoTime() - heardAt));
    }

    private void follow() {
        long pause = FIRST_PAUSE_NANOS;
        while (!ended) {
            try {
                FeedPage page = engine.feed(position, PAGE, HEARTBEAT);
                take(page);
                pause = FIRST_PAUSE_NANOS;
                if (!page.events().isEmpty() && page.events().size() < PAGE) {
                    Pause.nanos(GATHER_NANOS, () -> ended);
                }
                continue;
            } catch (MetaException e) {
                if (ended) {
                    return;
                }
                if (e.kind() == MetaException.Kind.UNAVAILABLE) {
                    LOG.debug("the feed cannot be read, which is tried again: {}", e.getMessage());
                } else {
                    LOG.warn("the feed cannot be read on from where it was: {}", e.getMessage());
                    forgetPosition();
                }
            } catch (RuntimeException e) {
                if (ended) {
                    return;
                }
                LOG.error("the feed cannot be read on from where it was", e);
                forgetPosition();
            }
            Pause.nanos(pause, () -> ended);
            pause = Math.min(LONGEST_PAUSE_NANOS, 2 * pause);
        }
    }

    private void take(FeedPage page) {
        synchronized (callbacks) {
            if (position == null || page.reset()) {
                watches.forEach(KeyWatch::lost);
                ownToo.forEach(KeyWatch::lost);
                stale();
            }
            List<FeedPage.Event> others = new ArrayList<>(page.events().size());
            for (FeedPage.Event event : page.events()) {
                event.keys().forEach(key -> ownToo.forEach(watch -> watch.changed(key)));
                if (!own.test(event.stamp().session())) {
                    others.add(event);
                    event.keys().forEach(key -> watches.forEach(watch -> watch.changed(key)));
                }
            }
            if (listener != null) {
                announcer.announce(others, listener);
            }
            position = page.next();
            heardAt = System.nanoTime();
            if (!fresh && page.events().size() < PAGE) {
                fresh = true;
                heard = true;
                if (listener != null) {
                    listener.fresh();
                }
            }
        }
    }

    private void forgetPosition() {
        synchronized (callbacks) {
            position = null;
            stale();
        }
    }

    /** Nothing may be trusted from now on. */
    private void stale() {
        fresh = false;
        heard = false;
        if (listener != null) {
            listener.reset();
        }
    }

    private void watch() {
        while (!ended) {
            Pause.nanos(HEARTBEAT.toNanos(), () -> ended);
            synchronized (callbacks) {
                if (!ended && fresh && System.nanoTime() - heardAt > STALE_NANOS) {
                    LOG.warn(
                            "nothing was heard from {} for a while; caches are not trusted until it is back",
                            engine.info().location());
                    stale();
                }
            }
        }
    }

    @Override
    public void close() {
        ended = true;
        LockSupport.unpark(thread);
        LockSupport.unpark(watchdog);
        Threads.join(thread);
    }
}
