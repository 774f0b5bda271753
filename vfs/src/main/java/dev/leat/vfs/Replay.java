package dev.leat.vfs;

import dev.leat.meta.fs.ContentVersion;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes on with what earlier mounts of a volume have acknowledged and not brought into the store: by the {@link Intent}s that they left, in this work folder and in others beside it whose mounts are
 * gone.
 *
 * <p>If the content of a file is the one that the bytes were written on, or one of the same session, they are laid over it as if they had just been written. If others have changed or removed the file,
 * the bytes go beside it: see {@link Aside}.
 *
 * @param meta names and records
 * @param inodes the open files
 * @param workFiles the files of this work folder
 * @param local the intents of this mount
 * @param options this mount
 */
record Replay(MetaFs meta, Inodes inodes, WorkFiles workFiles, LocalDurability local, LocalOptions options) {
    private static final Logger log = LoggerFactory.getLogger(Replay.class);

    /** Answers the files that have bytes to publish, each with a handle too many. */
    List<OpenInode> run() throws IOException {
        List<OpenInode> left = new ArrayList<>();
        for (Map.Entry<Long, IntentLog.Live> known : local.intents().live().entrySet()) {
            OpenInode file = replay(known.getKey(), known.getValue());
            if (file != null) {
                left.add(file);
            }
        }
        for (WorkFolder other : workFiles.folder().abandoned()) {
            try (other) {
                adopt(other, left);
            }
        }
        local.intents().sync(local.intents().last());
        if (!left.isEmpty()) {
            log.info("{} files go on that an earlier mount had not published", left.size());
        }
        return left;
    }

    private void adopt(WorkFolder other, List<OpenInode> left) throws IOException {
        IntentLog.Contents contents = IntentLog.read(other.path().resolve(IntentLog.FILE));
        if (contents.damage() != null) {
            log.error("{}: {}; the folder is left as it is", other.path(), contents.damage());
            return;
        }
        for (IntentLog.Live known : contents.live().values()) {
            Intent intent = known.valid(options.boot());
            if (intent == null) {
                continue;
            }
            long ino = intent.ino();
            Path bytes = other.path().resolve(workFiles.path(ino).getFileName());
            if (!Files.exists(bytes)) {
                log.error("{} is missing: bytes of inode {} are lost", bytes, ino);
            } else if (Files.exists(workFiles.path(ino))) {
                left.add(aside(intent, bytes, viewOrNull(ino)));
            } else {
                Files.createLink(workFiles.path(ino), bytes);
                local.disk().syncFolder(workFiles.folder().path());
                local.adopt(intent, -1);
                OpenInode file = replay(ino, known);
                if (file != null) {
                    left.add(file);
                }
            }
        }
        local.intents().sync(local.intents().last());
        other.remove();
    }

    private @Nullable FileView viewOrNull(long ino) throws FsException {
        try {
            return meta.view(ino);
        } catch (FsException e) {
            if (e.isGone()) {
                return null;
            }
            throw e;
        }
    }

    private @Nullable OpenInode replay(long ino, IntentLog.Live known) throws IOException {
        Intent intent = known.valid(options.boot());
        FileView view = viewOrNull(ino);
        boolean there = Files.exists(workFiles.path(ino));
        if (intent == null || !there || (view == null && known.removed())) {
            if (intent != null && !there && !isPublished(intent, view)) {
                log.error("{} is missing: bytes of inode {} are lost", workFiles.path(ino), ino);
            }
            local.forget(ino);
            workFiles.remove(ino);
            return null;
        }
        boolean removedByOthers = view == null || (view.attr().nlink() == 0 && !known.removed());
        if (view == null || removedByOthers || !isOurs(intent, view.version())) {
            return aside(intent, workFiles.path(ino), view);
        }
        return goOn(intent, view);
    }

    private static boolean isOurs(Intent intent, ContentVersion now) {
        return now.equals(intent.base()) || now.session() == intent.session();
    }

    /** The work file goes last: without it, the record has the bytes if it is another one, or nobody wants them. */
    private static boolean isPublished(Intent intent, @Nullable FileView view) {
        return view == null || !view.version().equals(intent.base());
    }

    private @Nullable OpenInode goOn(Intent intent, FileView now) throws IOException {
        long ino = intent.ino();
        WorkFile work = workFiles.adopt(ino);
        if (work == null) {
            return null;
        }
        RangeSet dirty = intent.dirty().copy();
        RangeSet appended = intent.appended().copy();
        long size = work.sizeBytes();
        dirty.remove(size, Long.MAX_VALUE);
        appended.remove(size, Long.MAX_VALUE);
        if (dirty.isEmpty() && !intent.dirty().isEmpty()) {
            local.forget(ino);
            work.discard();
            return null;
        }
        OpenInode file = inodes.open(ino, ino).file();
        file.goOn(
                work,
                new WorkLog.Content(
                        dirty,
                        appended,
                        appended.isEmpty() ? null : now.version(),
                        intent.written(),
                        intent.killPrivileges(),
                        false),
                0);
        if (intent.synced()) {
            local.adopt(intent.of(ino, options.session(), now.version(), options.boot()), file.changes);
        } else {
            local.sync(file);
        }
        return file;
    }

    private OpenInode aside(Intent intent, Path bytes, @Nullable FileView now) throws IOException {
        Aside aside = Aside.make(meta, intent, now);
        Path own = workFiles.path(aside.ino());
        if (!Files.exists(own)) {
            Files.createLink(own, bytes);
        }
        local.disk().syncFolder(workFiles.folder().path());
        meta.sync();
        FileView view = meta.view(aside.ino());
        local.adopt(intent.of(aside.ino(), options.session(), view.version(), options.boot()), -1);
        local.intents().sync(local.intents().last());
        if (bytes.equals(workFiles.path(intent.ino()))) {
            local.forget(intent.ino());
            workFiles.remove(intent.ino());
        }
        local.keptAside(aside);
        OpenInode file = goOn(intent.of(aside.ino(), options.session(), view.version(), options.boot()), view);
        if (file == null) {
            throw new IOException("the bytes for " + aside.place() + " vanished from " + own);
        }
        return file;
    }
}
