package dev.leat.meta.content;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Name;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Reader;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds inodes' records by number. Where an inode's only name was last seen is remembered, so that one round trip is usually enough.
 *
 * <p>Concurrency: any thread; the memory has a lock.
 */
final class FileRefs {
    /** Names remembered: a few MiB, more than the files that are open at once. */
    private static final int HINTS_MAX = 16_384;

    /** A record that moves on every look is being renamed in a loop; after this many looks that is an error. */
    static final int LOOKS_MAX = 100;

    private final Reader reader;
    private final Map<Long, Key> hints = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Key> eldest) {
            return size() > HINTS_MAX;
        }
    };

    FileRefs(Reader reader) {
        this.reader = reader;
    }

    /** The records of some inodes; one that is gone, or is a directory, is missing from the result. */
    Map<Long, FileRef> load(Collection<Long> inos) throws FsException {
        Map<Long, FileRef> found = new HashMap<>();
        List<Long> missing = new ArrayList<>(inos);
        for (int look = 0; !missing.isEmpty(); look++) {
            if (look == LOOKS_MAX) {
                throw restless(missing.getFirst());
            }
            try {
                missing = look(missing, found);
            } catch (MetaException e) {
                throw Failures.of(e);
            }
        }
        return found;
    }

    /** The error for an inode that cannot be caught up with. */
    static FsException restless(long ino) {
        return new FsException(
                Errno.EIO, "the name of inode " + ino + " changed " + LOOKS_MAX + " times while it was looked up");
    }

    /** Remembers where an inode's record is. */
    void hint(long ino, Key entry) {
        synchronized (hints) {
            hints.put(ino, entry);
        }
    }

    /** Looks once; returns those whose place was learnt or changed and that must be looked for again. */
    private List<Long> look(List<Long> inos, Map<Long, FileRef> found) throws FsException, MetaException {
        List<Key> keys = new ArrayList<>(2 * inos.size());
        Map<Long, Key> tried = new HashMap<>();
        synchronized (hints) {
            for (long ino : inos) {
                keys.add(Keys.inodeRef(ino));
                Key hint = hints.get(ino);
                if (hint != null) {
                    tried.put(ino, hint);
                    keys.add(hint);
                }
            }
        }
        Map<Key, Value> values = reader.get(keys, List.of());
        List<Long> again = new ArrayList<>();
        for (long ino : inos) {
            Key hint = tried.get(ino);
            Value entry = hint == null ? null : values.get(hint);
            if (hint != null
                    && entry != null
                    && EntryRecord.decode(entry.bytes()) instanceof EntryRecord.Embedded(long there, FileRecord file)
                    && there == ino) {
                found.put(ino, new FileRef(ino, hint, true, entry.stamp(), file));
                continue;
            }
            Key key = Keys.inodeRef(ino);
            Value value = values.get(key);
            if (value == null) {
                continue;
            }
            switch (InodeRef.decode(value.bytes())) {
                case InodeRef.Full(FileRecord file) ->
                    found.put(ino, new FileRef(ino, key, false, value.stamp(), file));
                case InodeRef.At(long parent, Name name) -> {
                    hint(ino, Keys.entry(parent, name));
                    again.add(ino);
                }
            }
        }
        return again;
    }
}
