package dev.leat.dataset.source;

import dev.leat.store.StoreException;
import dev.leat.store.StoreOptions;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Opens sources of one kind whose libraries are too heavy for every start: it lies with them in a folder of its own, and is
 * loaded when a source of its kind is mounted.
 */
public interface Connector {
    /**
     * Opens a source.
     *
     * @param server scheme and authority; null for the one that the kind's own configuration names
     * @param path absolute path of the directory
     * @throws StoreException of one line if it cannot be opened
     */
    Source open(@Nullable URI server, String path, StoreOptions options) throws StoreException;
}
