package dev.leat.meta.usage;

import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Value;
import java.util.Collection;

/**
 * What is used.
 *
 * @param bytes allocated bytes
 * @param inodes number of inodes
 */
public record Used(long bytes, long inodes) {
    /** Nothing. */
    static final Used NOTHING = new Used(0, 0);

    Used plus(long moreBytes, long moreInodes) {
        return new Used(bytes + moreBytes, inodes + moreInodes);
    }

    Cell toCell() {
        return new Cell(new long[] {bytes, inodes}, new long[0]);
    }

    static Used total(Collection<Value> cells) {
        Used total = NOTHING;
        for (Value value : cells) {
            long[] sums = Cell.decode(value.bytes()).sums();
            total = total.plus(sums.length > 0 ? sums[0] : 0, sums.length > 1 ? sums[1] : 0);
        }
        return total;
    }
}
