package dev.leat.vfs;

import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** What close, fsync and sync do: they publish, or under {@code --durability local} keep on this machine's disk what is published a moment later. */
final class Saving implements AutoCloseable {
    private final MetaFs meta;
    private final Inodes inodes;
    private final Publisher publisher;
    private final StagedFiles staged;
    private final VfsOptions.ClosePolicy closePolicy;
    private final @Nullable LocalDurability local;
    private final @Nullable Backlog backlog;

    Saving(
            MetaFs meta,
            Inodes inodes,
            Publisher publisher,
            StagedFiles staged,
            VfsOptions options,
            @Nullable LocalDurability local) {
        this.meta = meta;
        this.inodes = inodes;
        this.publisher = publisher;
        this.staged = staged;
        this.closePolicy = options.closePolicy();
        this.local = local;
        LocalOptions kept = options.local();
        this.backlog = kept != null && kept.acknowledges() ? new Backlog(inodes, staged, kept) : null;
    }

    /** Waits until so many bytes may be written. */
    void admit(long bytes) throws FsException {
        if (backlog != null) {
            backlog.admit(bytes);
        }
    }

    /** A handle that can write is closed. */
    void closed(OpenInode file) throws FsException {
        if (closePolicy == VfsOptions.ClosePolicy.FLUSH) {
            if (!keep(file)) {
                publish(file);
            }
            return;
        }
        if (local != null && backlog != null) {
            local.note(file);
        }
        stage(file);
    }

    /** Publishes what was written, or keeps it on the work disk; when this returns it survives power loss. */
    void sync(OpenInode file) throws FsException {
        if (!keep(file) && !publish(file)) {
            // No bytes; but the file's making, its length or its mode may not be on the engine's disk.
            meta.sync();
        }
    }

    /** Has a file published soon; false if it has nothing to publish. */
    boolean stage(OpenInode file) {
        long unpublished = file.unpublishedBytes();
        if (unpublished >= 0) {
            staged.stage(file, unpublished);
        }
        return unpublished >= 0;
    }

    /** Has a file looked at again soon that holds nothing to publish now, but may be written to by the kernel. */
    void stageAnyway(OpenInode file) {
        staged.stage(file, 0);
    }

    /** Publishes what is staged without waiting for more. */
    void hurry() {
        staged.hurry();
    }

    /** Makes a file safe on this machine; false if that is not asked for, or nothing but the store can keep it. */
    private boolean keep(OpenInode file) throws FsException {
        if (local == null || backlog == null) {
            return false;
        }
        if (file.unpublishedBytes() > 0 && meta.statfs(file.ino).freeBytes() < backlog.bytes()) {
            // More than the volume or a quota may take: whoever waits for it has to be told.
            return false;
        }
        boolean kept = local.sync(file);
        if (kept) {
            stage(file);
        }
        return kept;
    }

    /** Publishes durably; answers whether there was anything to do. */
    boolean publish(OpenInode file) throws FsException {
        boolean needed = publisher.publish(file, true);
        inodes.published(file);
        return needed;
    }

    /** Publishes everything that is dirty, as {@code syncfs}. */
    void syncAll() throws FsException {
        if (local != null && backlog != null) {
            // Whatever becomes of the store: this machine has it.
            for (OpenInode file : inodes.all()) {
                if (file.unpublishedBytes() >= 0) {
                    local.sync(file);
                }
            }
        }
        List<Vfs.Unpublished> failed = publishAll();
        if (!failed.isEmpty()) {
            throw failed.getFirst().error();
        }
        meta.sync();
    }

    /** Small files share objects when they are published at the same time; what fails is tried once more by itself. */
    private void publishTogether() {
        List<OpenInode> waiting = inodes.all().stream()
                .filter(file -> file.unpublishedBytes() >= 0)
                .toList();
        for (CompletableFuture<Void> begun : publisher.publishLater(waiting)) {
            if (begun != null) {
                begun.handle((_, _) -> true).join();
            }
        }
    }

    /** Publishes everything that is dirty and tells what could not be. */
    List<Vfs.Unpublished> publishAll() {
        publishTogether();
        List<Vfs.Unpublished> failed = new ArrayList<>();
        for (OpenInode file : inodes.all()) {
            try {
                publish(file);
                inodes.drop(file);
            } catch (FsException e) {
                failed.add(new Vfs.Unpublished(file.ino, e));
            }
        }
        return failed;
    }

    /**
     * Before the end: publishes everything that is dirty, and keeps for the next mount what could not be; tells what can neither be published nor kept.
     *
     * @param kept is told how many files wait for the next mount
     */
    List<Vfs.Unpublished> finish(IntConsumer kept) {
        List<Vfs.Unpublished> failed = publishAll();
        if (local == null) {
            return failed;
        }
        List<Vfs.Unpublished> lost = new ArrayList<>();
        for (Vfs.Unpublished file : failed) {
            OpenInode inode = inodes.get(file.ino());
            try {
                if (inode == null || !local.sync(inode)) {
                    lost.add(file);
                }
            } catch (FsException e) {
                lost.add(new Vfs.Unpublished(file.ino(), e));
            }
        }
        kept.accept(failed.size() - lost.size());
        return lost;
    }

    /** Stops background work. */
    @Override
    public void close() {
        if (backlog != null) {
            backlog.close();
        }
        staged.close();
    }
}
