package dev.leat.cli.dataset;

import dev.leat.cli.output.Progress;
import dev.leat.dataset.seal.Advance;
import dev.leat.dataset.seal.Sealing;
import org.jspecify.annotations.Nullable;

/** Shows how far sealing or verifying is. */
final class SealProgress implements Sealing.Watcher, AutoCloseable {
    private @Nullable Progress shown;

    private Progress begin(String what, long files, long bytes) {
        close();
        Progress progress = Progress.of(what, files, bytes);
        shown = progress;
        return progress;
    }

    @Override
    public Advance listing() {
        Progress progress = begin("listing", 0, 0);
        return (files, _) -> progress.add(files, 0);
    }

    @Override
    public Advance reading(long files, long bytes) {
        return begin("reading", files, bytes)::add;
    }

    @Override
    public void close() {
        Progress progress = shown;
        if (progress != null) {
            progress.close();
        }
    }
}
