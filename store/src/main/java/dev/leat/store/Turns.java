package dev.leat.store;

import dev.leat.store.StoreException.Kind;
import java.util.concurrent.Semaphore;

/**
 * Gives requests their turn within {@link StoreLimits}. Callers wait, in the order they came, as long as it takes; a limit
 * never makes a request fail, except when its thread is interrupted.
 */
final class Turns {
    private final String location;
    private final Semaphore inFlight;
    private final Pace requests;
    private final Pace up;
    private final Pace down;

    /** @param location what is asked, for messages */
    Turns(String location, StoreLimits limits, Pauses pauses) {
        this.location = location;
        this.inFlight = new Semaphore(
                limits.requestsInFlightMax() == 0 ? Integer.MAX_VALUE : limits.requestsInFlightMax(), true);
        this.requests = new Pace(limits.requestsPerSecond(), pauses);
        this.up = new Pace(limits.uploadBytesPerSecond(), pauses);
        this.down = new Pace(limits.downloadBytesPerSecond(), pauses);
    }

    <T> T take(long requestCount, long upBytes, long downBytes, Retries.Request<T> request) throws StoreException {
        boolean entered = false;
        try {
            // Paces first: who waits for its turn in time occupies none of the places.
            requests.take(requestCount);
            up.take(upBytes);
            down.take(downBytes);
            inFlight.acquire();
            entered = true;
            return request.send();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(
                    Kind.UNAVAILABLE, "interrupted while waiting for the request limits of " + location, e);
        } finally {
            if (entered) {
                inFlight.release();
            }
        }
    }
}
