package dev.leat.meta.lock;

import dev.leat.meta.fs.FileLock;
import dev.leat.meta.fs.FileLock.Kind;
import dev.leat.meta.fs.FileLock.Mode;
import dev.leat.meta.record.LockRecord.Held;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Locks as the simplest thing that can be right: a mode for each byte of each owner. */
final class LockModel {
    /** Bytes that the random locks begin at; twice as many are looked at one by one, and one stands for all beyond. */
    static final int BYTES = 12;

    private static final int SLOTS = 2 * BYTES + 1;

    /** Who holds. */
    private record Owner(Kind kind, int session, long owner) {}

    private final Map<Owner, Mode[]> modes = new HashMap<>();

    /** Whether another owner is in the way. */
    boolean excluded(int session, FileLock wanted) {
        Owner self = new Owner(wanted.kind(), session, wanted.owner());
        for (Map.Entry<Owner, Mode[]> entry : modes.entrySet()) {
            if (entry.getKey().equals(self) || entry.getKey().kind != wanted.kind()) {
                continue;
            }
            for (int i = first(wanted); i <= last(wanted); i++) {
                Mode other = entry.getValue()[i];
                if (other == Mode.EXCLUSIVE || (other == Mode.SHARED && wanted.mode() == Mode.EXCLUSIVE)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Sets; false if another owner is in the way. */
    boolean set(int session, FileLock lock) {
        Mode[] own = modes.computeIfAbsent(new Owner(lock.kind(), session, lock.owner()), any -> none());
        boolean excluded = lock.mode() != Mode.NONE && excluded(session, lock);
        if (lock.kind() == Kind.FLOCK && own[0] != lock.mode()) {
            Arrays.fill(own, Mode.NONE);
        }
        if (excluded) {
            return false;
        }
        for (int i = first(lock); i <= last(lock); i++) {
            own[i] = lock.mode();
        }
        return true;
    }

    /** Whether the record says the same, in as few ranges as possible. */
    boolean isSame(List<Held> held) {
        Map<Owner, Mode[]> other = new HashMap<>();
        for (Held one : held) {
            FileLock lock = one.lock();
            Mode[] slots = other.computeIfAbsent(new Owner(lock.kind(), one.session(), lock.owner()), any -> none());
            int first = first(lock);
            int last = last(lock);
            boolean joinable = (first > 0 && slots[first - 1] == lock.mode())
                    || (last < SLOTS - 1 && slots[last + 1] == lock.mode());
            if (joinable) {
                return false;
            }
            for (int i = first; i <= last; i++) {
                if (slots[i] != Mode.NONE) {
                    return false;
                }
                slots[i] = lock.mode();
            }
        }
        for (Map.Entry<Owner, Mode[]> entry : modes.entrySet()) {
            Mode[] slots = other.getOrDefault(entry.getKey(), none());
            if (!Arrays.equals(slots, entry.getValue())) {
                return false;
            }
        }
        return modes.keySet().containsAll(other.keySet());
    }

    private static int first(FileLock lock) {
        return lock.kind() == Kind.FLOCK ? 0 : (int) lock.start();
    }

    private static int last(FileLock lock) {
        return lock.kind() == Kind.FLOCK || lock.end() == Long.MAX_VALUE ? SLOTS - 1 : (int) lock.end();
    }

    private static Mode[] none() {
        Mode[] none = new Mode[SLOTS];
        Arrays.fill(none, Mode.NONE);
        return none;
    }
}
