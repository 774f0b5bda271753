package dev.leat.meta.lock;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Who waits for whom among the owners of byte-range locks of this mount, to find waits that would never end. Cycles that lead through other mounts are
 * not seen.
 */
final class WaitGraph {
    private final Map<Waiter, Set<Long>> waits = new HashMap<>();

    /** Notes what a waiter waits for, unless that would make a cycle: then answers false and forgets the waiter. */
    synchronized boolean waits(Waiter waiter, Set<Long> owners) {
        waits.put(waiter, Set.copyOf(owners));
        Set<Long> seen = new HashSet<>();
        Deque<Long> next = new ArrayDeque<>(owners);
        while (!next.isEmpty()) {
            long owner = next.pop();
            if (owner == waiter.lock().owner()) {
                waits.remove(waiter);
                return false;
            }
            if (seen.add(owner)) {
                waits.forEach((other, blockers) -> {
                    if (other.lock().owner() == owner) {
                        next.addAll(blockers);
                    }
                });
            }
        }
        return true;
    }

    synchronized void ended(Waiter waiter) {
        waits.remove(waiter);
    }
}
