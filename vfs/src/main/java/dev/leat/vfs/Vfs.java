package dev.leat.vfs;

import dev.leat.cache.BlobCache;
import dev.leat.cache.BufferPool;
import dev.leat.meta.content.Compactor;
import dev.leat.meta.content.ContentStore;
import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.Entry;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.SetAttr;
import dev.leat.store.blob.BlobStore;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The open files and directories of one mount.
 *
 * <p>Opening a file reads its record, so that it has what any client closed before. Reads come from the work file where the file was written here,
 * and otherwise from the blob cache. Writes go to the work file; fsync, and close as the policy says, upload what is dirty and commit the record that
 * refers to it. Names and attributes are the metadata's: this class adds to them what has been written here and not been published.
 *
 * <p>Methods block unless they say otherwise and may be called from any thread.
 */
public final class Vfs implements AutoCloseable {
    private static final int O_ACCMODE = 3;
    private static final int O_TRUNC = 01000;

    private final MetaFs meta;
    private final BlobCache cache;
    private final Buffers buffers;
    private final long memoryBytes;
    private final VfsOptions options;
    private final WorkFiles workFiles;
    private final OpenModes modes;
    private final Inodes inodes;
    private final Nodes nodes;
    private final FileReader reader;
    private final BlobWriter writer;
    private final Publisher publisher;
    private final FileWriter fileWriter;
    private final RangeCopy rangeCopy;
    private final OpenHandles handles;
    private final GrowthWatch growth;
    private final @Nullable LocalDurability local;
    private final Saving saving;
    private final Names names;

    /**
     * A file that was opened.
     *
     * @param handle its number
     * @param keepCache whether the kernel may keep the pages it has of the file
     * @param passthrough the number of the registered file that the kernel is to serve by itself; 0 for none
     * @param direct whether reads and writes through this handle come here all the same
     */
    public record Opened(long handle, boolean keepCache, int passthrough, boolean direct) {}

    /**
     * A file that was made and opened.
     *
     * @param entry the new name
     * @param opened the open file
     */
    public record Created(Entry entry, Opened opened) {}

    /**
     * A file whose bytes could not be published.
     *
     * @param ino the file
     * @param error why
     */
    public record Unpublished(long ino, FsException error) {}

    public Vfs(MetaFs meta, BlobStore store, BlobCache cache, BufferPool buffers, VfsOptions options)
            throws IOException {
        this.meta = meta;
        this.cache = cache;
        this.buffers = new Buffers(buffers);
        this.memoryBytes = buffers.limitBytes();
        this.options = options;
        WorkFolder folder = WorkFolder.open(options.workDirectory());
        LocalOptions kept = options.local();
        this.local = kept != null && (kept.acknowledges() || folder.hasIntents())
                ? new LocalDurability(meta, folder.path(), kept)
                : null;
        this.workFiles = new WorkFiles(folder, options.journal(), ino -> local == null || local.keeps(ino));
        this.modes = new OpenModes(cache, workFiles, this.buffers);
        this.inodes = new Inodes(meta, modes);
        this.nodes = new Nodes(inodes);
        this.reader = new FileReader(cache, inodes::revalidate);
        this.writer = new BlobWriter(store, cache, meta, this.buffers, options);
        this.publisher = new Publisher(meta, inodes, writer, options, local);
        this.fileWriter = new FileWriter(meta, workFiles, writer, modes, new Edges(reader), options, local);
        this.modes.tell(fileWriter::found, fileWriter::isPublished);
        this.inodes.catchUp(new CatchUp(modes, reader, this.buffers)::run);
        this.rangeCopy = new RangeCopy(this.buffers, reader, fileWriter);
        StagedFiles staged = new StagedFiles(publisher, inodes, options);
        this.growth = new GrowthWatch(inodes, fileWriter);
        this.handles = new OpenHandles(options.journal());
        this.saving = new Saving(meta, inodes, publisher, staged, options, local);
        this.names = new Names(meta, inodes, saving, local);
    }

    /**
     * Goes on where a daemon was killed: opens what it had open, under the same numbers, and publishes in the background what it had not. To be called before the kernel
     * is listened to.
     *
     * @param session the session that both daemons have one after the other, as in the stamps of its commits; 0 for none
     */
    public void resume(long session) throws IOException {
        new Resumption(meta, inodes, workFiles, handles, modes)
                .run(session, this::readAhead)
                .forEach(this::release);
        if (local != null) {
            local.resumed(inodes);
        }
    }

    /** Publishes in the background what earlier mounts have acknowledged and left on the work disk. To be called before the kernel is listened to. */
    public void replay() throws IOException {
        LocalOptions kept = options.local();
        if (local != null && kept != null) {
            new Replay(meta, inodes, workFiles, local, kept).run().forEach(this::release);
        }
    }

    /** Changes of names that have to do with bytes. */
    public Names names() {
        return names;
    }

    private ReadAhead readAhead() {
        return new ReadAhead(cache, writer.threads(), options.readAheadBytes());
    }

    /**
     * Lets the kernel serve files by itself from now on: read those that are whole in the cache, and write new ones unless the mount only
     * reads; then who has a file open goes on with what it was when others change it.
     */
    public void passthrough(Passthrough kernel, boolean onlyReads) {
        modes.use(kernel, onlyReads ? null : new WorkRoom(options.workDirectory(), meta));
        growth.start();
    }

    /** The kernel's numbers of inodes. */
    public Nodes nodes() {
        return nodes;
    }

    /** Attributes of what a number of the kernel's stands for: of replaced content, as they were. */
    public Attr attr(long node) throws FsException {
        OpenInode old = inodes.superseded(node);
        if (old != null) {
            return old.content.view().attr();
        }
        Attr attr = getattr(inodes.ino(node));
        if (inodes.isReplaced(attr)) {
            inodes.readAgain(attr.ino());
            old = inodes.superseded(node);
        }
        return old != null ? old.content.view().attr() : attr;
    }

    /** {@link #attr} from memory and without waiting for anything; null where that does not do. */
    public @Nullable Attr tryAttr(long node) throws FsException {
        OpenInode old = inodes.superseded(node);
        return old != null ? old.content.view().attr() : tryGetattr(inodes.ino(node));
    }

    // Names and attributes.

    /** Finds a name; its attributes include unpublished writes. */
    public Entry lookup(long parent, Name name) throws FsException {
        long began = inodes.publications().moment();
        Entry entry = meta.lookup(parent, name);
        if (inodes.isReplaced(entry.attr())) {
            inodes.readAgain(entry.ino());
        }
        Attr attr = overlay(entry.attr());
        if (inodes.publications().since(began, entry.ino())) {
            attr = getattr(entry.ino());
        }
        return attr.equals(entry.attr()) ? entry : new Entry(entry.ino(), attr);
    }

    /** Attributes, unpublished writes included. */
    public Attr getattr(long ino) throws FsException {
        while (true) {
            long began = inodes.publications().moment();
            Attr attr = overlay(meta.getattr(ino));
            if (!inodes.publications().since(began, ino)) {
                return attr;
            }
        }
    }

    /** {@link #lookup} from memory and without waiting for anything; null where that does not do. */
    public @Nullable Entry tryLookup(long parent, Name name) throws FsException {
        long began = inodes.publications().moment();
        Entry known = meta.known(parent, name);
        return known == null
                        || isWritten(known.ino())
                        || inodes.isReplaced(known.attr())
                        || inodes.publications().since(began, known.ino())
                ? null
                : known;
    }

    /** {@link #getattr} from memory and without waiting for anything; null where that does not do. */
    public @Nullable Attr tryGetattr(long ino) throws FsException {
        long began = inodes.publications().moment();
        Attr known = meta.known(ino);
        return known == null
                        || isWritten(ino)
                        || inodes.isReplaced(known)
                        || inodes.publications().since(began, ino)
                ? null
                : known;
    }

    private boolean isWritten(long ino) {
        OpenInode file = inodes.get(ino);
        return file != null && file.hasWork;
    }

    private Attr overlay(Attr attr) {
        OpenInode file = inodes.get(attr.ino());
        return file == null ? attr : file.overlay(attr);
    }

    /** Changes attributes; a new size also cuts unpublished writes. */
    public Attr setattr(long ino, SetAttr change, Caller caller) throws FsException {
        OpenInode file = inodes.get(ino);
        if (file == null) {
            return meta.setattr(ino, change, caller);
        }
        if (change.sizeBytes() == null) {
            if (change.mtime() != null && local == null) {
                // A time set by hand wins over the time of writes before it.
                publisher.publish(file, false);
            }
            return file.overlay(fileWriter.change(file, change, caller));
        }
        return file.overlay(fileWriter.resize(file, change, caller));
    }

    // Files.

    /**
     * Opens a regular file.
     *
     * @param node the number by which the kernel knows it; ESTALE if that stands for content that was replaced
     * @param flags those of {@code open(2)}; O_TRUNC is honoured
     * @param killPrivileges whether O_TRUNC takes setuid and setgid away
     */
    public Opened open(long node, int flags, boolean killPrivileges, Caller caller) throws FsException {
        long ino = inodes.ino(node);
        if (modes.onlyReads() && (flags & (O_ACCMODE | O_TRUNC)) != 0) {
            throw new FsException(Errno.EROFS);
        }
        Inodes.Opening opening = inodes.open(ino, node);
        OpenInode file = opening.file();
        boolean keepCache = opening.keepCache();
        try {
            if ((flags & O_TRUNC) != 0) {
                SetAttr cut = new SetAttr(null, null, null, 0L, null, null, killPrivileges);
                fileWriter.resize(file, cut, caller);
                keepCache = false;
                inodes.drop(ino, file);
            }
            return enter(file, flags, keepCache, !keepCache, (flags & O_TRUNC) != 0 ? ino : 0);
        } catch (FsException e) {
            release(file);
            throw e;
        }
    }

    /** Makes and opens a regular file. */
    public Created create(long parent, Name name, NewNode node, int flags, Caller caller) throws FsException {
        return enterNew(meta.createOpen(parent, name, node, caller), flags, parent);
    }

    /** Makes and opens a regular file without a name. */
    public Created createUnnamed(long parent, NewNode node, int flags, Caller caller) throws FsException {
        return enterNew(meta.createUnnamed(parent, node, caller), flags, parent);
    }

    private Created enterNew(FileView view, int flags, long parent) throws FsException {
        OpenInode file = inodes.openNew(view);
        try {
            Attr attr = view.attr();
            return new Created(new Entry(attr.ino(), attr), enter(file, flags, false, false, parent));
        } catch (FsException e) {
            release(file);
            throw e;
        }
    }

    private Opened enter(OpenInode file, int flags, boolean keepCache, boolean dropping, long empty)
            throws FsException {
        OpenModes.Answer answer = modes.choose(file, flags, empty);
        Handle entry = new Handle(file, flags, readAhead(), new AtomicBoolean(dropping));
        long handle = handles.add(entry, answer.number());
        return new Opened(handle, keepCache && answer.number() == 0, answer.number(), answer.direct());
    }

    private Handle handle(long number) throws FsException {
        Handle handle = handles.file(number);
        if (handle == null) {
            throw new FsException(Errno.EBADF);
        }
        return handle;
    }

    /** A handle in use: the kernel is through with the answer to its open. */
    private Handle used(long number) throws FsException {
        Handle handle = handle(number);
        if (handle.dropping().get() && handle.dropping().compareAndSet(true, false)) {
            inodes.dropped(handle.file());
        }
        return handle;
    }

    /**
     * Reads if that needs no waiting, for the thread that took the request; allocates nothing.
     *
     * @return bytes read, or -1 if {@link #read} must do it
     */
    public int tryRead(long number, long offset, MemorySegment to, int lengthBytes) {
        Handle handle = handles.file(number);
        if (handle == null) {
            return -1;
        }
        int got = reader.tryRead(handle.file(), offset, to, lengthBytes);
        if (got > 0) {
            handle.readAhead().read(handle.file(), offset, got);
        }
        return got;
    }

    /**
     * Reads.
     *
     * @return bytes read, fewer than asked for only at the end of the file
     */
    public int read(long number, long offset, MemorySegment to, int lengthBytes) throws FsException {
        Handle handle = used(number);
        handle.readAhead().read(handle.file(), offset, lengthBytes);
        return reader.read(handle.file(), offset, to, lengthBytes);
    }

    /**
     * Writes all of {@code bytes}; when this returns they survive the death of the caller, not yet that of this machine.
     *
     * @param killPrivileges whether setuid and setgid are to go
     */
    public void write(long number, long offset, MemorySegment bytes, boolean killPrivileges) throws FsException {
        Handle handle = used(number);
        saving.admit(bytes.byteSize());
        fileWriter.write(handle.file(), offset, bytes, handle.appends(), killPrivileges);
        if (handle.synchronous() && handle.file().whole != null) {
            // The kernel asks for this itself where it keeps pages of the file.
            saving.sync(handle.file());
        }
    }

    /** What {@code close} waits for: publication, or under the staged policy nothing. */
    public void flush(long number) throws FsException {
        Handle handle = used(number);
        if (!handle.writes()) {
            return;
        }
        saving.closed(handle.file());
    }

    /** Publishes what was written, or keeps it on the work disk; when this returns it survives power loss. */
    public void fsync(long number) throws FsException {
        saving.sync(handle(number).file());
    }

    /** Forgets a handle, after its last close. */
    public void release(long number) {
        Handle handle = handles.remove(number);
        if (handle != null) {
            release(handle.file());
        }
    }

    private void release(OpenInode file) {
        inodes.released(file);
        if (!saving.stage(file) && !inodes.drop(file) && file.whole != null && inodes.isLeft(file)) {
            saving.stageAnyway(file);
        }
    }

    /**
     * Reserves, punches or zeroes a range, as {@code fallocate(2)}.
     *
     * @param mode FALLOC_FL_* flags; what is not known is EOPNOTSUPP
     */
    public void fallocate(long number, int mode, long offset, long lengthBytes) throws FsException {
        Handle handle = handle(number);
        if (!handle.writes()) {
            throw new FsException(Errno.EBADF);
        }
        fileWriter.fallocate(handle.file(), mode, offset, lengthBytes);
    }

    /** Where data (or a hole) begins at or after {@code offset}; {@code ENXIO} past the end. */
    public long seek(long number, long offset, boolean data) throws FsException {
        return fileWriter.seek(handle(number).file(), offset, data);
    }

    /**
     * Copies bytes from one open file to another.
     *
     * @return bytes copied; fewer at the end of the source, and of long ranges, whose callers ask for the rest
     */
    public long copyRange(long from, long fromOffset, long to, long toOffset, long lengthBytes) throws FsException {
        Handle target = handle(to);
        if (!target.writes()) {
            throw new FsException(Errno.EBADF);
        }
        return rangeCopy.copy(handle(from).file(), fromOffset, target.file(), toOffset, lengthBytes);
    }

    // Directories.

    /** Opens a directory for {@link #row}. */
    public long openDirectory(long ino) throws FsException {
        return handles.add(new DirHandle(ino, meta, true));
    }

    /**
     * A row of an open directory, without {@code .} and {@code ..}, or null at the end. It has no attributes if it may have changed since its page was
     * read.
     *
     * @param ordinal its place in the stream; 0 starts over
     */
    public @Nullable DirEntry row(long number, long ordinal) throws FsException {
        DirHandle directory = directory(number);
        DirHandle.Row row = directory.row(ordinal);
        if (row == null) {
            return null;
        }
        DirEntry entry = row.entry();
        Attr attr = entry.attr();
        if (attr == null) {
            return entry;
        }
        // In this order: what was published in between is not among the unpublished bytes any more.
        Attr overlaid = overlay(attr);
        if (inodes.isReplaced(attr) || !meta.unchangedSince(row.moment(), directory.ino, entry)) {
            overlaid = null;
        }
        return attr.equals(overlaid) ? entry : new DirEntry(entry.name(), entry.ino(), entry.type(), overlaid);
    }

    /** Makes a directory handle start over. */
    public void rewind(long number) throws FsException {
        directory(number).rewind();
    }

    private DirHandle directory(long number) throws FsException {
        DirHandle directory = handles.directory(number);
        if (directory == null) {
            throw new FsException(Errno.EBADF);
        }
        return directory;
    }

    /** Forgets a directory handle. */
    public void releaseDirectory(long number) {
        handles.removeDirectory(number);
    }

    // The whole mount.

    /** Publishes everything that is dirty, as {@code syncfs}. */
    public void sync() throws FsException {
        saving.syncAll();
    }

    /** Publishes everything that is dirty and tells what could not be. */
    public List<Unpublished> publishAll() {
        return saving.publishAll();
    }

    /**
     * Before the end: publishes everything that is dirty, and keeps for the next mount what could not be; tells what can neither be published nor kept.
     *
     * @param kept is told how many files wait for the next mount
     */
    public List<Unpublished> finish(IntConsumer kept) {
        return saving.finish(kept);
    }

    /** Publishes one file wherever it is open; nothing to do if it is not. */
    public void publish(long ino) throws FsException {
        OpenInode file = inodes.get(ino);
        if (file != null) {
            saving.publish(file);
        }
    }

    /**
     * Reads a file's record again, for a caller who has just been given a lock on it and must see what its last holder wrote.
     *
     * @param dropPages makes the kernel drop the pages and attributes that it has of the file before it returns; called if they are, or may be, of
     *     another record
     */
    public void revalidate(long ino, Runnable dropPages) throws FsException {
        OpenInode file = inodes.get(ino);
        if (file == null) {
            dropPages.run();
            return;
        }
        inodes.revalidate(file);
        if (!inodes.isSeen(file)) {
            inodes.drop(ino, file);
            dropPages.run();
            inodes.dropped(file);
        }
    }

    /**
     * Hears that another client changed a file: readers that have it open see the change, but not those whom the kernel serves by
     * itself.
     *
     * @return whether there are such, so that names which lead the kernel to what they see have to be looked up again
     */
    public boolean changed(long ino) throws FsException {
        inodes.unseen(ino);
        OpenInode file = inodes.get(ino);
        if (file != null) {
            inodes.revalidate(file);
        }
        return inodes.isSuperseded(ino);
    }

    /** The files that are open, or closed and not published yet. */
    public List<Long> openInodes() {
        return inodes.all().stream().map(file -> file.ino).toList();
    }

    /** Files that were written here and whose extents have become many, each told once until it is written again. */
    public List<Long> takeCrowded() {
        return inodes.takeCrowded();
    }

    /**
     * Writes pieces of this volume's files anew; see {@link Compactor}.
     *
     * @param content the content that this mount stands on
     * @param pacer holds it back
     */
    public Compactor compactor(ContentStore content, Pacer pacer) {
        return new Compactor(content, new BlobCopier(cache, writer, meta, inodes, memoryBytes, pacer));
    }

    /** What is open and unpublished now. */
    public VfsStats stats() {
        Waiting left = Waiting.of(inodes.all());
        return new VfsStats(
                handles.files(),
                handles.directories(),
                inodes.size(),
                left.files(),
                left.bytes(),
                left.oldestNanos(),
                publisher.stats(),
                modes.opens(),
                local == null ? List.of() : local.aside());
    }

    /** Stops background work. What is unpublished is lost: call {@link #publishAll} before. */
    @Override
    public void close() {
        growth.close();
        saving.close();
        writer.close();
        handles.close();
        if (local != null) {
            local.close();
        }
        workFiles.folder().close();
    }
}
