package dev.leat.vfs;

import dev.leat.meta.fs.FsException;
import dev.leat.sys.Errno;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** The open files and directories of a mount by their numbers, and in its journal if it has one: a row is there before the kernel is told of the number, and as long as it is in use. */
final class OpenHandles implements AutoCloseable {
    private final HandleTable<Handle> files = new HandleTable<>();
    private final HandleTable<DirHandle> directories = new HandleTable<>();
    private final @Nullable Journal journal;

    OpenHandles(@Nullable Journal journal) {
        this.journal = journal;
    }

    /** Opens a file anew that another daemon had open. */
    interface OpenAgain {
        /** Null if that cannot be. */
        @Nullable
        Handle open(Journal.OpenFile file) throws FsException;
    }

    /** Enters what another daemon had open. */
    void resume(OpenAgain file, LongFunction<DirHandle> directory) throws FsException {
        if (journal == null || !journal.isResumed()) {
            return;
        }
        journal.files((number, open) -> {
            Handle handle = file.open(open);
            if (handle != null) {
                files.put(number, handle);
            }
            return handle != null;
        });
        journal.directories(directories, directory);
    }

    /**
     * Enters an open file.
     *
     * @param backing the number of the registered file that the kernel serves it from; 0 for none
     */
    long add(Handle handle, int backing) throws FsException {
        long number = files.add(handle);
        if (number < 0) {
            throw new FsException(Errno.ENFILE, "more than " + HandleTable.HANDLES_MAX + " files are open");
        }
        if (journal != null) {
            OpenInode file = handle.file();
            OpenModes.Mode mode = file.mode;
            journal.opened(
                    number, new Journal.OpenFile(file.ino, handle.flags(), backing, mode == null ? null : mode.blob()));
        }
        return number;
    }

    @Nullable
    Handle file(long number) {
        return files.get(number);
    }

    @Nullable
    Handle remove(long number) {
        if (journal != null) {
            journal.closed(number);
        }
        return files.remove(number);
    }

    long add(DirHandle directory) throws FsException {
        long number = directories.add(directory);
        if (number < 0) {
            throw new FsException(Errno.ENFILE, "more than " + HandleTable.HANDLES_MAX + " directories are open");
        }
        if (journal != null) {
            journal.openedDirectory(number, directory.ino);
            directory.journaled(journal, number);
        }
        return number;
    }

    @Nullable
    DirHandle directory(long number) {
        return directories.get(number);
    }

    void removeDirectory(long number) {
        if (journal != null) {
            journal.closedDirectory(number);
        }
        directories.remove(number);
    }

    /** How many files are open. */
    int files() {
        return files.open();
    }

    /** How many directories are open. */
    int directories() {
        return directories.open();
    }

    @Override
    public void close() {
        if (journal != null) {
            journal.close();
        }
    }
}
