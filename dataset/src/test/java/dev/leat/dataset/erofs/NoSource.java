package dev.leat.dataset.erofs;

import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.store.StoreMetrics;
import java.nio.ByteBuffer;

/** A source that nobody reads from. */
final class NoSource implements Source {
    @Override
    public String location() {
        return "nowhere";
    }

    @Override
    public String kind() {
        return "none";
    }

    @Override
    public void list(String directory, Sink sink) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Facts facts(String path) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void read(String path, Facts version, long offset, ByteBuffer destination) {
        throw new UnsupportedOperationException();
    }

    @Override
    public StoreMetrics metrics() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long retries() {
        return 0;
    }

    @Override
    public long refusedRetries() {
        return 0;
    }

    @Override
    public void close() {}
}
