package dev.leat.meta.record;

import dev.leat.meta.engine.Cell;
import dev.leat.meta.fs.Time;
import java.util.Collection;

/**
 * What operations on a directory's entries add up to, spread over cells so that many sessions can work in one directory without meeting. A
 * session always uses the same one of {@link #CELLS} cells; the sum (or maximum) over all of them holds.
 *
 * @param entries number of entries
 * @param subdirectories number of them that are directories
 * @param mtimeNanos latest change of entries, in nanoseconds since 1970
 * @param ctimeNanos latest change of anything by an operation on entries, likewise
 */
public record DirCell(long entries, long subdirectories, long mtimeNanos, long ctimeNanos) {
    /**
     * Cells of a directory, cell 0 being the base: enough that sessions rarely share one, few enough to be read at once and to be checked and
     * replaced in one commit of 100 operations. A fixed number, so that nobody has to fold the cells of sessions that ended.
     */
    public static final int CELLS = 32;

    /** Nothing. */
    public static final DirCell ZERO = new DirCell(0, 0, 0, 0);

    private static final long NANOS = 1_000_000_000L;

    /** The cell of a session. */
    public static int of(int session) {
        return 1 + Math.floorMod(session, CELLS - 1);
    }

    /** A change of entries now. */
    public static DirCell change(long entries, long subdirectories, Time now) {
        return new DirCell(entries, subdirectories, nanos(now), nanos(now));
    }

    /** What a value of the engine holds. */
    public static DirCell of(Cell cell) {
        return new DirCell(at(cell.sums(), 0), at(cell.sums(), 1), at(cell.maxima(), 0), at(cell.maxima(), 1));
    }

    /** What values of the engine hold together. */
    public static DirCell total(Collection<DirCell> cells) {
        DirCell total = ZERO;
        for (DirCell cell : cells) {
            total = total.plus(cell);
        }
        return total;
    }

    /** Both together. */
    public DirCell plus(DirCell other) {
        return new DirCell(
                entries + other.entries,
                subdirectories + other.subdirectories,
                Math.max(mtimeNanos, other.mtimeNanos),
                Math.max(ctimeNanos, other.ctimeNanos));
    }

    /** For a merge, or as a value. */
    public Cell toCell() {
        return new Cell(new long[] {entries, subdirectories}, new long[] {mtimeNanos, ctimeNanos});
    }

    /** The later of a time that was set and the one that operations left. */
    public static Time later(Time set, long operationNanos) {
        if (operationNanos == 0) {
            return set;
        }
        Time operation = new Time(operationNanos / NANOS, (int) (operationNanos % NANOS));
        return operation.compareTo(set) > 0 ? operation : set;
    }

    private static long nanos(Time time) {
        return time.seconds() < 0 ? 0 : time.seconds() * NANOS + time.nanos();
    }

    private static long at(long[] numbers, int index) {
        return index < numbers.length ? numbers[index] : 0;
    }
}
