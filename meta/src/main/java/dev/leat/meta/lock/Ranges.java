package dev.leat.meta.lock;

import dev.leat.meta.fs.FileLock;
import dev.leat.meta.fs.FileLock.Kind;
import dev.leat.meta.fs.FileLock.Mode;
import dev.leat.meta.record.LockRecord.Held;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The arithmetic of byte ranges: what POSIX says about splitting, joining and excluding locks. */
final class Ranges {
    private static final Comparator<Held> ORDER = Comparator.<Held>comparingLong(
                    held -> held.lock().start())
            .thenComparing(held -> held.lock().kind())
            .thenComparingInt(Held::session)
            .thenComparingLong(held -> held.lock().owner());

    private Ranges() {}

    /** The lock as it counts: one of {@code flock(2)} is always of the whole file. */
    static FileLock normal(FileLock lock) {
        return lock.kind() == Kind.FLOCK ? with(lock, lock.mode(), 0, Long.MAX_VALUE) : lock;
    }

    /** Whether a lock keeps {@code wanted} from being taken. */
    static boolean excludes(Held held, int session, FileLock wanted) {
        FileLock lock = held.lock();
        boolean own = held.session() == session && lock.owner() == wanted.owner();
        return !own
                && lock.kind() == wanted.kind()
                && (lock.mode() == Mode.EXCLUSIVE || wanted.mode() == Mode.EXCLUSIVE)
                && wanted.mode() != Mode.NONE
                && lock.start() <= wanted.end()
                && wanted.start() <= lock.end();
    }

    /** The first lock that keeps {@code wanted} from being taken, null if there is none. */
    static @Nullable Held conflict(List<Held> held, int session, FileLock wanted) {
        for (Held one : held) {
            if (excludes(one, session, wanted)) {
                return one;
            }
        }
        return null;
    }

    /**
     * The locks after an owner has set a range to a mode, which nobody excludes: its locks there are replaced, cut or split, and joined with its neighbouring
     * ones of the same mode.
     */
    static List<Held> set(List<Held> held, int session, FileLock lock) {
        List<Held> result = new ArrayList<>(held.size() + 2);
        long start = lock.start();
        long end = lock.end();
        for (Held one : held) {
            FileLock old = one.lock();
            boolean own = one.session() == session && old.owner() == lock.owner() && old.kind() == lock.kind();
            if (!own || !touches(old, lock)) {
                result.add(one);
            } else if (old.mode() == lock.mode()) {
                start = Math.min(start, old.start());
                end = Math.max(end, old.end());
            } else {
                if (old.start() < lock.start()) {
                    result.add(new Held(
                            session, with(old, old.mode(), old.start(), Math.min(old.end(), lock.start() - 1))));
                }
                if (old.end() > lock.end()) {
                    result.add(new Held(
                            session, with(old, old.mode(), Math.max(old.start(), lock.end() + 1), old.end())));
                }
            }
        }
        if (lock.mode() != Mode.NONE) {
            result.add(new Held(session, with(lock, lock.mode(), start, end)));
        }
        result.sort(ORDER);
        return result;
    }

    /** Whether two ranges overlap or are neighbours. */
    private static boolean touches(FileLock a, FileLock b) {
        return (b.end() == Long.MAX_VALUE || a.start() <= b.end() + 1)
                && (a.end() == Long.MAX_VALUE || b.start() <= a.end() + 1);
    }

    private static FileLock with(FileLock lock, Mode mode, long start, long end) {
        return new FileLock(lock.kind(), lock.owner(), lock.pid(), mode, start, end);
    }
}
