package dev.leat.meta.content;

import dev.leat.store.BlobId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Blobs that this client took references from: where garbage collection looks first, so that it need not walk all blobs for each file that was
 * removed. Only a hint; forgetting it costs nothing but time.
 *
 * <p>Concurrency: one lock; all methods are short.
 */
public final class Garbage {
    /** About 10 MiB of memory; what is beyond is found by the full walk. */
    private static final int BLOBS_MAX = 100_000;

    private final Set<BlobId> blobs = new LinkedHashSet<>();

    /** Nothing. */
    public Garbage() {}

    /** These blobs lost references. */
    public synchronized void shrunk(Collection<BlobId> some) {
        for (BlobId blob : some) {
            if (blobs.size() == BLOBS_MAX) {
                return;
            }
            blobs.add(blob);
        }
    }

    /** Takes all blobs out. */
    public synchronized List<BlobId> take() {
        List<BlobId> taken = new ArrayList<>(blobs);
        blobs.clear();
        return taken;
    }
}
