package dev.leat.cli.mount;

import dev.leat.fuse.session.Request;
import dev.leat.meta.fs.Entry;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Requests that the kernel sends again since the daemon that had them was killed. It may have executed them: then a second time fails, with an error that says so, or, where
 * two names are exchanged, undoes the first. The kernel lets nobody else through this mount at the names of a change until that is answered, so what they lead to now is what
 * the first time made of them.
 */
final class Resent {
    /** Notes kept: more than there are requests on their way. */
    private static final int NOTES_MAX = 4096;

    private final MetaFs meta;
    private final @Nullable Path notes;
    private final Queue<Path> answered = new ConcurrentLinkedQueue<>();

    /**
     * For a mount.
     *
     * @param notes a folder that outlives this process; null if nothing does
     */
    Resent(MetaFs meta, @Nullable Path notes) {
        this.meta = meta;
        this.notes = notes;
    }

    /** A change that can be made once. */
    interface Change {
        void run() throws IOException;
    }

    /** Something that is made once. */
    interface Making {
        Entry run() throws IOException;
    }

    /** Makes a name, or finds that it was made already: it leads to an inode that {@code made} says yes to. */
    Entry make(Request request, long parent, Name name, LongPredicate made, Making making) throws IOException {
        try {
            return making.run();
        } catch (FsException e) {
            if (request.resent() && e.errno() == Errno.EEXIST) {
                Entry there = meta.lookup(parent, name);
                if (made.test(there.ino())) {
                    return there;
                }
            }
            throw e;
        }
    }

    /** Makes a change; an error that says that it is made already is none. */
    static void change(Request request, Errno already, Change change) throws IOException {
        try {
            change.run();
        } catch (FsException e) {
            if (!request.resent() || e.errno() != already) {
                throw e;
            }
        }
    }

    /** Exchanges two names, or finds that they are exchanged. */
    void exchange(Request request, long parent, Name name, long otherParent, Name otherName, Change change)
            throws IOException {
        if (notes == null) {
            change.run();
            return;
        }
        Path note = notes.resolve("exchange-" + Long.toHexString(request.unique()));
        String now = meta.lookup(parent, name).ino() + " "
                + meta.lookup(otherParent, otherName).ino();
        if (request.resent() && Files.exists(note) && !Files.readString(note).equals(now)) {
            // The note stays: this daemon may be killed before its answer, too.
            forget(note);
            return;
        }
        write(note, now);
        boolean made = false;
        try {
            change.run();
            made = true;
        } finally {
            if (!made) {
                Files.deleteIfExists(note);
            }
        }
        forget(note);
    }

    /** Writes a note whole or not at all: half of one would tell of an exchange that was not made. */
    private static void write(Path note, String text) throws IOException {
        Path half = note.resolveSibling(note.getFileName() + ".tmp");
        Files.writeString(half, text);
        Files.move(half, note, StandardCopyOption.ATOMIC_MOVE);
    }

    /** A note has to outlive the answer, which comes later: those of exchanges long before go instead. */
    private void forget(Path note) throws IOException {
        answered.add(note);
        while (answered.size() > NOTES_MAX) {
            Path old = answered.poll();
            if (old != null) {
                Files.deleteIfExists(old);
            }
        }
    }
}
