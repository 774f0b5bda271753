package dev.leat.vfs;

import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes on where a daemon was killed, by its {@link Journal}.
 *
 * @param meta names and records
 * @param inodes the open files
 * @param workFiles with what it had not published
 * @param handles the open files and directories by number
 * @param modes how files are served
 */
record Resumption(MetaFs meta, Inodes inodes, WorkFiles workFiles, OpenHandles handles, OpenModes modes) {
    private static final Logger log = LoggerFactory.getLogger(Resumption.class);

    /** Opens everything; answers the files with unpublished bytes, each with a handle too many. */
    List<OpenInode> run(long session, Supplier<ReadAhead> readAheads) throws IOException {
        List<OpenInode> left = new ArrayList<>();
        for (WorkFiles.Left file : workFiles.left()) {
            try {
                OpenInode opened = inodes.open(file.ino(), file.ino()).file();
                WorkFile work = workFiles.reopen(file.ino());
                if (file.content().whole()) {
                    work.whole();
                    modes.resume(opened, work);
                    // What it is compared with, before others change that.
                    opened.content.remember();
                }
                opened.goOn(work, file.content(), session);
                left.add(opened);
            } catch (FsException e) {
                if (!e.isGone()) {
                    throw e;
                }
                log.error("inode {} is gone, and what was written to it and not published", file.ino());
                workFiles.remove(file.ino());
            }
        }
        handles.resume(file -> open(file, readAheads.get()), ino -> new DirHandle(ino, meta, true));
        // Now that all handles are there: who opens such a file from now on gets another node.
        inodes.all().stream().filter(file -> file.replaced).forEach(file -> file.superseded = true);
        log.info(
                "{} files and {} directories are open again, {} with unpublished bytes",
                handles.files(),
                handles.directories(),
                left.size());
        return left;
    }

    /** Null if the inode is gone; what else fails may succeed later, and nothing has been lost yet. */
    private @Nullable Handle open(Journal.OpenFile was, ReadAhead readAhead) throws FsException {
        long ino = was.ino();
        try {
            OpenInode file = inodes.open(ino, ino).file();
            modes.resume(file, was.backing(), was.blob());
            if (file.mode == null) {
                file.mode = OpenModes.Mode.OFF;
            }
            inodes.drop(ino, file);
            return new Handle(file, was.flags(), readAhead, new AtomicBoolean());
        } catch (FsException e) {
            if (!e.isGone()) {
                throw e;
            }
            log.error("inode {} was open and is gone", ino);
            return null;
        }
    }
}
