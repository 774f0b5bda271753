package dev.leat.dataset.seal;

import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreMetrics;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A source in which something happens between listing and reading. */
final class ChangingSource implements Source {
    private final Source source;
    private final Change change;

    /** What happens. */
    interface Change {
        /** Makes it happen. */
        void happen() throws IOException;
    }

    ChangingSource(Source source, Change change) {
        this.source = source;
        this.change = change;
    }

    @Override
    public String location() {
        return source.location();
    }

    @Override
    public String kind() {
        return source.kind();
    }

    @Override
    public void list(String directory, Sink sink) throws StoreException {
        source.list(directory, sink);
    }

    @Override
    public Facts facts(String path) throws StoreException {
        return source.facts(path);
    }

    @Override
    public void read(String path, Facts version, long offset, ByteBuffer destination) throws StoreException {
        try {
            change.happen();
        } catch (IOException e) {
            throw new StoreException(Kind.UNAVAILABLE, "the test failed", e);
        }
        source.read(path, version, offset, destination);
    }

    @Override
    public StoreMetrics metrics() {
        return source.metrics();
    }

    @Override
    public long retries() {
        return source.retries();
    }

    @Override
    public long refusedRetries() {
        return source.refusedRetries();
    }

    @Override
    public void close() {
        source.close();
    }
}
