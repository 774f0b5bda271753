package dev.leat.meta.fs;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Decides how many entries to read ahead. Who looks up one name of a directory after the other, as {@code stat} in a loop or an epoch over small files
 * does, gets most of them from pages of entries that were read at once.
 *
 * <p>Pages are paid for with credit, a row for a row. Each name that is then found in memory earns four rows, so pages soon get long where they
 * are of use; a name that had to be asked for earns a quarter of one, so single names picked out of a large directory cost next to nothing extra.
 *
 * <p>Concurrency: one lock; all methods are short.
 */
final class LookAhead {
    private static final int DIRECTORIES_MAX = 256;

    /** Names asked for before the first page: fewer are no pattern. */
    private static final int MISSES = 4;

    /** Pages shorter than this are worth no read. */
    private static final int ROWS_MIN = 8;

    /** What a listing reads at once; a longer page would make one name wait for many. */
    static final int ROWS_MAX = 1_000;

    /** Absent names asked for between two attempts to read all names of a directory, which cost up to {@link Lookups#LISTED_PAGES_MAX} reads. */
    private static final int ABSENCES = 200;

    // In quarters of rows.
    private static final int FIRST_CREDIT = 4 * 128;
    private static final int CREDIT_MAX = 4 * 4 * ROWS_MAX;
    private static final int EARNED_BY_HIT = 4 * 4;

    private final Map<Long, Stream> streams = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Stream> eldest) {
            return size() > DIRECTORIES_MAX;
        }
    };

    private static final class Stream {
        int misses;
        int absences;
        int credit = FIRST_CREDIT;

        /** One page of a directory at a time: those who read it at once mostly want the same one. */
        boolean reading;

        void earn(int quarters) {
            credit = Math.min(CREDIT_MAX, credit + quarters);
        }
    }

    /** A name was found in memory. */
    synchronized void hit(long directory) {
        Stream stream = streams.get(directory);
        if (stream != null) {
            stream.earn(EARNED_BY_HIT);
        }
    }

    /**
     * A name had to be asked for.
     *
     * @return how many entries after it are to be read as well, after which {@link #done} is to be called; 0 for none
     */
    synchronized int missed(long directory) {
        Stream stream = streams.computeIfAbsent(directory, _ -> new Stream());
        stream.earn(1);
        if (stream.reading || ++stream.misses < MISSES) {
            return 0;
        }
        int rows = Math.min(ROWS_MAX, stream.credit / 4 / 2);
        if (rows < ROWS_MIN) {
            return 0;
        }
        stream.credit -= 4 * rows;
        stream.reading = true;
        return rows;
    }

    /** A name was asked for and is not there; returns whether it is time to read all names. */
    synchronized boolean absent(long directory) {
        Stream stream = streams.computeIfAbsent(directory, _ -> new Stream());
        return stream.absences++ % ABSENCES == MISSES;
    }

    /** A page was read, or could not be. */
    synchronized void done(long directory) {
        Stream stream = streams.get(directory);
        if (stream != null) {
            stream.reading = false;
        }
    }
}
