package dev.leat.cli.mount;

import dev.leat.fuse.session.AccessLog;
import dev.leat.fuse.session.AccessRecord;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Whoever reads {@code .accesslog} now. While nobody does, a request pays one look at a volatile field. */
final class AccessStreams implements AccessLog {
    /** Readers at a time: each may hold a thread that answers requests. */
    static final int STREAMS_MAX = 16;

    private final List<AccessStream> streams = new CopyOnWriteArrayList<>();
    private volatile boolean listening;

    @Override
    public boolean listening() {
        return listening;
    }

    @Override
    public void answered(AccessRecord request) {
        for (AccessStream stream : streams) {
            stream.add(request);
        }
    }

    /** Adds a reader; false when there are too many. */
    synchronized boolean add(AccessStream stream) {
        if (streams.size() >= STREAMS_MAX) {
            return false;
        }
        streams.add(stream);
        listening = true;
        return true;
    }

    /** A reader has gone. */
    synchronized void remove(AccessStream stream) {
        streams.remove(stream);
        listening = !streams.isEmpty();
    }

    /** The most bytes that any of the readers could have read so far. */
    long bytes() {
        return streams.stream().mapToLong(AccessStream::bytes).max().orElse(0);
    }

    /** How many read. */
    int readers() {
        return streams.size();
    }

    /** Ends all streams: their readers come to the end of the file. */
    void end() {
        streams.forEach(AccessStream::end);
    }
}
