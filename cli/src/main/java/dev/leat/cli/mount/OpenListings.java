package dev.leat.cli.mount;

import dev.leat.dataset.tree.Listing;
import dev.leat.vfs.HandleTable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Directories that are open, with the names as they were when their reader began. */
final class OpenListings {
    /** The part of a handle that is its place in the table; the rest is the daemon's. */
    private static final long INDEX = 0xffff_ffffL;

    private final HandleTable<AtomicReference<@Nullable Listing>> table = new HandleTable<>();
    private final int generation;

    /** @param generation daemons that have given handles to the kernel before this one; theirs have no names any more */
    OpenListings(int generation) {
        this.generation = generation;
    }

    /** A new handle; -1 if there are too many. */
    long add() {
        long index = table.add(new AtomicReference<>());
        return index < 0 ? index : (long) generation << Integer.SIZE | index;
    }

    private boolean isOwn(long handle) {
        return (int) (handle >>> Integer.SIZE) == generation;
    }

    @Nullable
    Listing get(long handle) {
        AtomicReference<@Nullable Listing> held = isOwn(handle) ? table.get(handle & INDEX) : null;
        return held == null ? null : held.get();
    }

    /** Keeps a listing for a handle and returns it. */
    Listing put(long handle, Listing listing) {
        AtomicReference<@Nullable Listing> held = isOwn(handle) ? table.get(handle & INDEX) : null;
        if (held != null) {
            held.set(listing);
        }
        return listing;
    }

    void remove(long handle) {
        if (isOwn(handle)) {
            table.remove(handle & INDEX);
        }
    }

    int open() {
        return table.open();
    }
}
