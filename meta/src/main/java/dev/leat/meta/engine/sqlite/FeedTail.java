package dev.leat.meta.engine.sqlite;

import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.MetaException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the feed, and tells afterwards whether anything was committed since it was read to its end. {@code PRAGMA data_version} tells
 * that by a look into the memory that all connections share, but of one connection only: so all pages are read on the same one.
 */
final class FeedTail implements AutoCloseable {
    /** The feed is read in order of its numbers and its rows are small. */
    private static final int CACHE_KIB = 256;

    private final ReaderPool connection;
    private volatile @Nullable End end;

    /**
     * The feed's end as it was seen.
     *
     * @param link the connection that saw it
     * @param number of the last event, 0 if there was none
     * @param dataVersion of the connection at that moment
     */
    private record End(SqliteLink link, long number, long dataVersion) {}

    FeedTail(Path file, Duration timeout) {
        this.connection = new ReaderPool(file, 1, CACHE_KIB, timeout);
    }

    /**
     * Some events.
     *
     * @param after number of the event after which to begin; negative for the present
     */
    FeedPage page(long after, int limit) throws MetaException {
        return connection.read(link -> page(link, after, limit));
    }

    /** Whether surely nothing was committed after the event of this number. Does not wait, and does not touch the disk. */
    boolean isEnd(long number) {
        End last = end;
        if (last == null || last.number != number) {
            return false;
        }
        return connection.tryRead(link -> link == last.link && link.dataVersion() == last.dataVersion, false);
    }

    private FeedPage page(SqliteLink link, long after, int limit) throws SQLException {
        link.begin();
        long[] ends = link.feedEnds();
        boolean present = after < 0;
        boolean reset = !present && (after + 1 < ends[0] || after > ends[1]);
        boolean none = present || reset || after == ends[1];
        List<FeedPage.Event> events = none ? List.of() : link.feed(after, limit);
        long dataVersion = link.dataVersion();
        link.end();
        long next = none ? ends[1] : after + events.size();
        if (next == ends[1]) {
            end = new End(link, next, dataVersion);
        }
        return new FeedPage(events, new FeedPage.Position(Long.toString(next)), reset);
    }

    @Override
    public void close() {
        connection.close();
    }
}
