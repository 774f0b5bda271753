package dev.leat.cli.mount;

import dev.leat.dataset.tree.Listing;
import dev.leat.vfs.HandleTable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Directories that are open, with the names as they were when their reader began. */
final class OpenListings {
    private final HandleTable<AtomicReference<@Nullable Listing>> table = new HandleTable<>();

    /** A new handle; -1 if there are too many. */
    long add() {
        return table.add(new AtomicReference<>());
    }

    @Nullable
    Listing get(long handle) {
        AtomicReference<@Nullable Listing> held = table.get(handle);
        return held == null ? null : held.get();
    }

    /** Keeps a listing for a handle and returns it. */
    Listing put(long handle, Listing listing) {
        AtomicReference<@Nullable Listing> held = table.get(handle);
        if (held != null) {
            held.set(listing);
        }
        return listing;
    }

    void remove(long handle) {
        table.remove(handle);
    }

    int open() {
        return table.open();
    }
}
