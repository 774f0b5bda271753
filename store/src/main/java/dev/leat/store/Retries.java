package dev.leat.store;

import dev.leat.store.StoreException.Kind;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Sends requests again that failed for a moment: exponential backoff with full jitter, within a deadline per call and a
 * budget over all calls.
 */
final class Retries {
    /** A store that asks for fewer requests gets longer pauses than one that lost a connection. */
    private static final int THROTTLED_FACTOR = 8;

    private final RetryPolicy policy;
    private final Pauses pauses;
    private final RetryBudget budget;
    private final LongAdder retries = new LongAdder();
    private final LongAdder refused = new LongAdder();

    Retries(RetryPolicy policy, Pauses pauses) {
        this.policy = policy;
        this.pauses = pauses;
        this.budget = new RetryBudget(policy, pauses.nowNs());
    }

    /** One request. */
    interface Request<T> {
        T send() throws StoreException;
    }

    /** The failures of a call's attempts that may have taken effect. */
    static final class Doubt {
        private boolean inDoubt;

        boolean any() {
            return inDoubt;
        }
    }

    /** Requests that were tried again. */
    long retries() {
        return retries.sum();
    }

    /** Requests that were not tried again because the budget was empty. */
    long refusedByBudget() {
        return refused.sum();
    }

    <T> T call(Request<T> request) throws StoreException {
        return call(request, new Doubt());
    }

    <T> T call(Request<T> request, Doubt doubt) throws StoreException {
        long beginNs = pauses.nowNs();
        budget.onRequest();
        for (int attempt = 1; ; attempt++) {
            try {
                return request.send();
            } catch (StoreException e) {
                if (!e.kind().retryable()) {
                    throw e;
                }
                doubt.inDoubt |= e.kind() != Kind.THROTTLED;
                pauseOrGiveUp(e, attempt, beginNs);
                retries.increment();
            }
        }
    }

    private void pauseOrGiveUp(StoreException failure, int attempt, long beginNs) throws StoreException {
        long spentNs = pauses.nowNs() - beginNs;
        if (attempt >= policy.attemptsMax()) {
            throw gaveUp(failure, attempt, spentNs, "");
        }
        long boundNs = policy.backoffMin().toNanos() << Math.min(attempt - 1, 20);
        boundNs = failure.kind() == Kind.THROTTLED ? boundNs * THROTTLED_FACTOR : boundNs;
        long pauseNs = 1 + pauses.random(Math.min(boundNs, policy.backoffMax().toNanos()));
        if (spentNs + pauseNs > policy.deadline().toNanos()) {
            throw gaveUp(failure, attempt, spentNs, "");
        }
        if (!budget.tryRetry(pauses.nowNs())) {
            refused.increment();
            throw gaveUp(failure, attempt, spentNs, ", since too many requests fail to retry them all");
        }
        try {
            pauses.pause(pauseNs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw gaveUp(failure, attempt, spentNs, ", interrupted");
        }
    }

    private static StoreException gaveUp(StoreException failure, int attempts, long spentNs, String why) {
        if (attempts == 1 && why.isEmpty()) {
            return failure;
        }
        return new StoreException(
                failure.kind(),
                failure.getMessage() + " (gave up after " + attempts + (attempts == 1 ? " attempt" : " attempts")
                        + " in " + TimeUnit.NANOSECONDS.toMillis(spentNs) + " ms" + why + ")",
                failure);
    }
}
