package dev.leat.dataset.web;

import dev.leat.store.StoreException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A token that a service gives for some time, fetched when it is first needed and again before it ends. One request fetches
 * it; the others wait for that one. Ages are told by the monotonic clock.
 */
public final class Token {
    /** Renewed so long before its end: longer than a request may take, clocks' drift included. */
    private static final Duration EARLY = Duration.ofMinutes(5);

    private final Issuer issuer;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Issued issued;

    /** Gives tokens. */
    @FunctionalInterface
    public interface Issuer {
        /** A new token; blocks. */
        Issued issue() throws StoreException;
    }

    /**
     * A token as it came.
     *
     * @param value what requests carry
     * @param goodUntilNs end of its life by {@link System#nanoTime}
     */
    public record Issued(String value, long goodUntilNs) {
        /** One that lives for some seconds from now. */
        public static Issued of(String value, long seconds) {
            return new Issued(
                    value, System.nanoTime() + Duration.ofSeconds(seconds).toNanos());
        }

        private boolean isGood() {
            return goodUntilNs - System.nanoTime() > EARLY.toNanos();
        }

        @Override
        public String toString() {
            return "a token";
        }
    }

    /** Of an issuer. */
    public Token(Issuer issuer) {
        this.issuer = issuer;
    }

    /** The token for a request. */
    public String value() throws StoreException {
        Issued known = issued;
        if (known != null && known.isGood()) {
            return known.value;
        }
        lock.lock();
        try {
            known = issued;
            if (known == null || !known.isGood()) {
                known = issuer.issue();
                issued = known;
            }
            return known.value;
        } finally {
            lock.unlock();
        }
    }

    /** Takes a token that a server refused for gone. */
    public void refused(String value) {
        Issued known = issued;
        if (known != null && known.value.equals(value)) {
            issued = null;
        }
    }
}
