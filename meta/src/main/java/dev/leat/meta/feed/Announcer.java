package dev.leat.meta.feed;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.Key;
import dev.leat.meta.fs.ChangeListener;
import dev.leat.meta.record.Keys;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Tells what written keys mean for names and inodes. */
final class Announcer {
    private final Function<Key, @Nullable Long> inodeOfEntry;

    /**
     * An announcer.
     *
     * @param inodeOfEntry the inode that this client last saw at an entry, null if it saw none
     */
    Announcer(Function<Key, @Nullable Long> inodeOfEntry) {
        this.inodeOfEntry = inodeOfEntry;
    }

    /** Tells about one page; each thing is told once, names before inodes, since a name decides which inode is looked at. */
    void announce(List<FeedPage.Event> events, ChangeListener listener) {
        Set<Key> entries = new LinkedHashSet<>();
        Set<Long> inodes = new LinkedHashSet<>();
        for (FeedPage.Event event : events) {
            for (Key key : event.keys()) {
                sort(key, entries, inodes);
            }
        }
        for (Key entry : entries) {
            listener.entryChanged(Keys.numberIn(entry.partition()), Keys.nameIn(entry.name()));
        }
        inodes.forEach(listener::inodeChanged);
    }

    private void sort(Key key, Set<Key> entries, Set<Long> inodes) {
        Bytes name = key.name();
        if (name.length() == 0) {
            return;
        }
        if (Keys.isDirectory(key.partition())) {
            if (!Keys.isEntry(name)) {
                inodes.add(Keys.numberIn(key.partition()));
                return;
            }
            entries.add(key);
            // Most files' attributes are in their entries.
            Long ino = inodeOfEntry.apply(key);
            if (ino != null) {
                inodes.add(ino);
            }
        } else if (Keys.isInode(key.partition())) {
            switch (name.at(0)) {
                case 'r', 'x', 'a', 'l' -> inodes.add(Keys.numberIn(key.partition()));
                default -> {
                    // Locks and holds are nothing that is cached.
                }
            }
        }
    }
}
