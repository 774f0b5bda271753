package dev.leat.meta.feed;

import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.ForwardingEngine;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An engine whose feed can be cut off. */
final class GatedEngine extends ForwardingEngine {
    private volatile boolean cut;
    private long heardAt = System.nanoTime();
    private long silenceMaxNanos;

    GatedEngine(MetaEngine delegate) {
        super(delegate);
    }

    void cut(boolean now) {
        cut = now;
    }

    /** The longest time for which the feed said nothing: on a machine that stands still, longer than its reader may trust it. */
    synchronized long silenceMaxNanos() {
        silenceMaxNanos = Math.max(silenceMaxNanos, System.nanoTime() - heardAt);
        return silenceMaxNanos;
    }

    @Override
    public FeedPage feed(FeedPage.@Nullable Position after, int limit, Duration wait) throws MetaException {
        if (cut) {
            throw new MetaException(Kind.UNAVAILABLE, "injected: the feed is cut off");
        }
        FeedPage page = super.feed(after, limit, wait);
        silenceMaxNanos();
        synchronized (this) {
            heardAt = System.nanoTime();
        }
        if (cut) {
            throw new MetaException(Kind.UNAVAILABLE, "injected: the feed is cut off");
        }
        return page;
    }
}
