package dev.leat.vfs;

import java.util.Arrays;
import java.util.TreeMap;

/** A number for each piece of a file, 0 where none was set: in tables of 1,024, so that holes cost nothing. Not safe for use by several threads. */
final class PieceSums {
    private static final int TABLE_BITS = 10;
    private static final int TABLE = 1 << TABLE_BITS;

    private final TreeMap<Long, long[]> tables = new TreeMap<>();

    long get(long piece) {
        long[] table = tables.get(piece >>> TABLE_BITS);
        return table == null ? 0 : table[(int) piece & (TABLE - 1)];
    }

    void set(long piece, long sum) {
        long key = piece >>> TABLE_BITS;
        long[] table = tables.get(key);
        if (table == null) {
            if (sum == 0) {
                return;
            }
            table = new long[TABLE];
            tables.put(key, table);
        }
        table[(int) piece & (TABLE - 1)] = sum;
    }

    /** The first piece at or after {@code from} that has a number, or {@code end} if none before that has. */
    long next(long from, long end) {
        long piece = from;
        while (piece < end) {
            Long key = tables.ceilingKey(piece >>> TABLE_BITS);
            if (key == null) {
                return end;
            }
            piece = Math.max(piece, key << TABLE_BITS);
            long stop = Math.min(end, (key + 1) << TABLE_BITS);
            while (piece < stop) {
                if (get(piece) != 0) {
                    return piece;
                }
                piece++;
            }
        }
        return end;
    }

    /** Forgets the numbers from {@code piece} on. */
    void cut(long piece) {
        long key = piece >>> TABLE_BITS;
        tables.tailMap(key, false).clear();
        long[] table = tables.get(key);
        if (table != null) {
            Arrays.fill(table, (int) piece & (TABLE - 1), TABLE, 0);
        }
    }
}
