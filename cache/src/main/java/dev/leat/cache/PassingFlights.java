package dev.leat.cache;

import java.util.ArrayDeque;

/**
 * The last ranges that the tiers would not keep. They stay joinable for a while, so that a reader who takes a block in
 * several pieces, or comes for what was fetched ahead, does not have it fetched again for each. Bounded in bytes; the
 * oldest goes first, and all go when buffers are short.
 */
final class PassingFlights {
    private final Flights flights;
    private final long limitBytes;
    private final ArrayDeque<Flight> queue = new ArrayDeque<>();
    private long bytes;

    PassingFlights(Flights flights, long limitBytes) {
        this.flights = flights;
        this.limitBytes = limitBytes;
    }

    long limitBytes() {
        return limitBytes;
    }

    void add(Flight flight) {
        synchronized (this) {
            queue.add(flight);
            bytes += flight.buffer().segment().byteSize();
        }
        while (excess() && drop()) {
            // One at a time, outside the lock.
        }
    }

    private synchronized boolean excess() {
        return bytes > limitBytes;
    }

    /** Lets the oldest go; false when there is none. */
    boolean drop() {
        Flight flight;
        synchronized (this) {
            flight = queue.pollFirst();
            if (flight == null) {
                return false;
            }
            bytes -= flight.buffer().segment().byteSize();
        }
        end(flight);
        return true;
    }

    /** Lets a certain one go, if it is here. */
    void drop(Flight flight) {
        synchronized (this) {
            if (!queue.remove(flight)) {
                return;
            }
            bytes -= flight.buffer().segment().byteSize();
        }
        end(flight);
    }

    void clear() {
        while (drop()) {
            // Until the last.
        }
    }

    private void end(Flight flight) {
        flights.remove(flight);
        flight.release();
    }
}
