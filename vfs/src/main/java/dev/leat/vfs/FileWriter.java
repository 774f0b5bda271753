package dev.leat.vfs;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Publication;
import dev.leat.meta.fs.SetAttr;
import dev.leat.meta.fs.Time;
import dev.leat.sys.Errno;
import dev.leat.sys.Fs;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Changes open files: writes to the work file, lengths and holes. */
final class FileWriter {
    /** A sequential write is sent while it goes on once it is this long, in parts. */
    private static final int STREAM_AFTER_PARTS = 2;

    private static final int SETUID_SETGID = 06000;

    private static final Bytes CAPABILITY = Bytes.of("security.capability");

    private final MetaFs meta;
    private final WorkFiles workFiles;
    private final BlobWriter writer;
    private final OpenModes modes;
    private final Edges edges;
    private final VfsOptions options;
    private final @Nullable LocalDurability local;

    FileWriter(
            MetaFs meta,
            WorkFiles workFiles,
            BlobWriter writer,
            OpenModes modes,
            Edges edges,
            VfsOptions options,
            @Nullable LocalDurability local) {
        this.modes = modes;
        this.edges = edges;
        this.local = local;
        this.meta = meta;
        this.workFiles = workFiles;
        this.writer = writer;
        this.options = options;
    }

    void write(OpenInode file, long offset, MemorySegment bytes, boolean append, boolean killPrivileges)
            throws FsException {
        long end = offset + bytes.byteSize();
        if (offset < 0 || end < 0) {
            throw new FsException(Errno.EFBIG);
        }
        WholeFile whole = enter(file);
        try {
            dropCapability(file);
            WorkFile work = file.workFile(workFiles);
            if (whole != null) {
                whole.write(offset, bytes);
            } else {
                work.write(offset, bytes);
            }
            boolean appended = append && offset >= file.content.view().attr().sizeBytes();
            boolean first = appended && file.appendBase == null;
            if (appended) {
                file.appended.add(offset, end);
                if (first) {
                    file.appendBase = file.content.view().version();
                }
            }
            file.local.add(offset, end);
            file.dirty.add(offset, end);
            file.dirtied();
            file.sizeBytes = Math.max(file.sizeBytes, end);
            Time now = Time.now(options.clock());
            file.written = now;
            file.killPrivileges |= killPrivileges;
            if (first) {
                work.changed(file);
            } else {
                work.wrote(file, offset, end, appended, killPrivileges, now);
            }
            stream(file, work, offset, end);
        } finally {
            leave(file, whole);
        }
    }

    /**
     * Takes note of bytes that the kernel wrote to a work file by itself. They are found by the piece; what is at the ends of them as it
     * is published is left out, so that what others write beside them stays.
     */
    void found(OpenInode file, long from, long to, Time time, boolean goesOn) throws FsException {
        long start = from;
        long end = to;
        Base base = base(file, from, to);
        if (base != null) {
            Content before = base.content;
            start += isDirtyUpTo(file, from) ? 0 : edges.same(file, before, from, base.busyStart, true);
            // A file may end in zeros, and where it ends has to be told.
            boolean last = to > before.view().attr().sizeBytes() && to >= file.effectiveSize();
            end -= goesOn || last ? 0 : edges.same(file, before, Math.max(start, base.busyEnd), to, false);
        }
        file.lock.lock();
        try {
            WholeFile whole = file.whole;
            if (whole == null) {
                return;
            }
            file.dirtied();
            Time known = file.written;
            file.written = known == null || time.compareTo(known) > 0 ? time : known;
            file.killPrivileges |= whole.isPrivileged();
            if (start < end) {
                file.local.add(start, end);
                file.dirty.add(start, end);
                file.sizeBytes = Math.max(file.sizeBytes, end);
                stream(file, whole.work, start, end);
            }
        } finally {
            file.lock.unlock();
        }
    }

    /** Whether a piece of a file that the kernel writes is what is published there. */
    boolean isPublished(OpenInode file, long start, long end) throws FsException {
        Base base = base(file, start, end);
        if (base == null
                || base.busyStart < end
                || end > base.content.view().attr().sizeBytes()) {
            return false;
        }
        return edges.same(file, base.content, start, end, true) == end - start;
    }

    private static boolean isDirtyUpTo(OpenInode file, long end) {
        file.lock.lock();
        try {
            return file.dirty.startOfRangeEndingAt(end) >= 0;
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * What a file that the kernel writes held before.
     *
     * @param busyStart from where on a part of it is being published just now, so that this is not known; the end of the range if none is
     * @param busyEnd where the last such part ends; the start of the range if there is none
     */
    private record Base(Content content, long busyStart, long busyEnd) {}

    private static @Nullable Base base(OpenInode file, long from, long to) {
        file.lock.lock();
        try {
            if (file.whole == null) {
                return null;
            }
            Content content = file.outdated == null ? file.content : file.outdated;
            RangeSet flushing = file.flushing;
            if (flushing == null || !flushing.intersects(from, to)) {
                return new Base(content, to, from);
            }
            long piece = flushing.pieceEnd(from, to);
            return new Base(content, piece > 0 ? from : -piece, flushing.endBefore(to));
        } finally {
            file.lock.unlock();
        }
    }

    /** Sends what the kernel has written to a file so far, if that has become much. */
    void advance(OpenInode file) throws FsException {
        WholeFile whole = file.whole;
        if (whole != null) {
            whole.advance(file, (long) STREAM_AFTER_PARTS * writer.parts().sizeBytes(1));
        }
    }

    /** Takes the locks for a change of a file's content; what the kernel reads from the cache's copy gets a file of its own first. */
    private @Nullable WholeFile enter(OpenInode file) throws FsException {
        while (true) {
            modes.detach(file);
            WholeFile whole = file.whole;
            if (whole != null) {
                whole.lock.lock();
            }
            file.lock.lock();
            OpenModes.Mode mode = file.mode;
            if (whole == file.whole && (mode == null || !mode.clean())) {
                return whole;
            }
            leave(file, whole);
        }
    }

    private static void leave(OpenInode file, @Nullable WholeFile whole) {
        file.lock.unlock();
        if (whole != null) {
            whole.lock.unlock();
        }
    }

    /** A changed program must not keep the file capability of the one before; asked for once while it is open. */
    private void dropCapability(OpenInode file) throws FsException {
        if (file.withoutCapability) {
            return;
        }
        try {
            meta.removexattr(file.ino, CAPABILITY, Caller.ROOT);
        } catch (FsException e) {
            if (e.errno() != Errno.ENODATA) {
                throw e;
            }
        }
        file.withoutCapability = true;
    }

    private void stream(OpenInode file, WorkFile work, long offset, long end) throws FsException {
        StreamUpload stream = file.stream;
        if (stream == null) {
            long start = file.dirty.startOfRangeEndingAt(end);
            long enough = (long) STREAM_AFTER_PARTS * writer.parts().sizeBytes(1);
            if (start < 0 || end - start < enough || !file.appended.isEmpty()) {
                return;
            }
            stream = StreamUpload.begin(writer, work, meta.newBlob(), start);
            file.stream = stream;
            if (stream == null) {
                return;
            }
        } else {
            stream.wrote(offset, end);
        }
        long written = file.dirty.pieceEnd(stream.start(), Long.MAX_VALUE);
        if (written > 0) {
            // What is appended may move, so it is no part of this blob.
            stream.advance(Math.abs(file.appended.pieceEnd(stream.start(), written)));
        }
    }

    /** Changes attributes with a length among them. */
    Attr resize(OpenInode file, SetAttr change, Caller caller) throws FsException {
        long size = change.sizeBytes() == null ? file.effectiveSize() : change.sizeBytes();
        if (size < 0) {
            throw new FsException(Errno.EINVAL);
        }
        file.publishing.acquireUninterruptibly();
        try {
            WholeFile whole = enter(file);
            try {
                dropCapability(file);
                Attr attr = setSize(file, whole, size, change, caller);
                file.publishedLazily = true;
                file.recordLazy = true;
                cut(file, size);
                FileView view = meta.view(file.ino);
                adopt(file, view, whole != null && isNext(file, view));
                return attr;
            } finally {
                leave(file, whole);
            }
        } finally {
            file.publishing.release();
        }
    }

    /** A file that gets longer than a local file may be is found out first, bytes are cut off last. */
    private Attr setSize(OpenInode file, @Nullable WholeFile whole, long size, SetAttr change, Caller caller)
            throws FsException {
        if (whole == null || size <= whole.sizeBytes()) {
            return meta.setattr(file.ino, change, caller);
        }
        long before = whole.sizeBytes();
        whole.resize(size);
        try {
            return meta.setattr(file.ino, change, caller);
        } catch (FsException e) {
            whole.resize(before);
            throw e;
        }
    }

    /** Forgets what was written from {@code size} on; under the lock and the permit. */
    private void cut(OpenInode file, long size) throws FsException {
        if (local != null) {
            local.beforeCut(file);
        }
        file.changes++;
        file.workFailed &= size > 0;
        file.local.remove(size, Long.MAX_VALUE);
        file.dirty.remove(size, Long.MAX_VALUE);
        stayWhereTheyWent(file);
        if (file.dirty.isEmpty()) {
            // What was written is gone, and the new length brought its own times.
            file.written = null;
        }
        dropStream(file);
        WorkFile work = file.work;
        WholeFile whole = file.whole;
        if (work != null) {
            if (whole != null) {
                whole.resize(size);
            } else {
                work.cut(size);
            }
            work.changed(file);
        }
        shrunk(file);
    }

    /** For bytes that were appended before a length was set: that says where the end is, and they are not to go to the new one. */
    private static void stayWhereTheyWent(OpenInode file) {
        file.appended.clear();
        file.appendBase = null;
    }

    private void shrunk(OpenInode file) throws FsException {
        if (local != null) {
            local.shrunk(file);
        }
    }

    private static void dropStream(OpenInode file) {
        StreamUpload stream = file.stream;
        file.stream = null;
        if (stream != null) {
            stream.drop();
        }
    }

    /** Changes attributes without a length; a mode or time set by hand is not undone by writes before it. */
    Attr change(OpenInode file, SetAttr change, Caller caller) throws FsException {
        // Without an intent, what was written before a time is set by hand is published before.
        boolean timed = change.mtime() != null && local != null;
        if ((change.mode() == null && !timed) || !file.hasWork) {
            Attr attr = meta.setattr(file.ino, change, caller);
            file.recordLazy = true;
            return attr;
        }
        file.look();
        file.publishing.acquireUninterruptibly();
        file.lock.lock();
        try {
            Attr attr = meta.setattr(file.ino, change, caller);
            file.recordLazy = true;
            Integer mode = change.mode();
            if (mode != null) {
                file.killPrivileges = false;
                if (file.whole != null) {
                    file.whole.privileged((mode & SETUID_SETGID) != 0);
                }
            }
            if (timed && file.isDirty()) {
                file.written = change.mtime();
                file.changes++;
            }
            if (file.work != null) {
                file.work.changed(file);
            }
            return attr;
        } finally {
            file.lock.unlock();
            file.publishing.release();
        }
    }

    /** Whether a record, which this mount has changed once since, differs from the known one by that alone. */
    private static boolean isNext(OpenInode file, FileView view) {
        return view.version().number() - file.content.view().version().number() <= 1;
    }

    private void adopt(OpenInode file, @Nullable FileView view, boolean ours) {
        if (view != null) {
            file.countPublication();
            file.refresh(view, meta, ours);
        }
        file.measure();
    }

    void fallocate(OpenInode file, int mode, long offset, long lengthBytes) throws FsException {
        if (offset < 0 || lengthBytes <= 0) {
            throw new FsException(Errno.EINVAL);
        }
        long end = offset + lengthBytes;
        if (end < 0) {
            throw new FsException(Errno.EFBIG);
        }
        boolean keepSize = (mode & Fs.FALLOC_KEEP_SIZE) != 0;
        int action = mode & ~Fs.FALLOC_KEEP_SIZE;
        if (action != 0 && action != Fs.FALLOC_PUNCH_HOLE && action != Fs.FALLOC_ZERO_RANGE) {
            throw new FsException(Errno.EOPNOTSUPP);
        }
        if (action != 0) {
            punch(file, offset, end);
        }
        if (!keepSize && end > file.effectiveSize()) {
            resize(file, SetAttr.size(end), Caller.ROOT);
        }
    }

    private void punch(OpenInode file, long start, long end) throws FsException {
        file.publishing.acquireUninterruptibly();
        try {
            WholeFile whole = enter(file);
            try {
                punch(file, whole, start, end);
            } finally {
                leave(file, whole);
            }
        } finally {
            file.publishing.release();
        }
    }

    private void punch(OpenInode file, @Nullable WholeFile whole, long start, long end) throws FsException {
        keepSize(file, start, end);
        Publication publication = new Publication(
                file.ino,
                file.content.view().version(),
                List.of(new Edit.Punch(start, end - start)),
                Time.now(options.clock()),
                List.of(),
                false);
        List<@Nullable FileView> views = meta.publish(List.of(publication), false);
        file.publishedLazily = true;
        file.recordLazy = true;
        file.changes++;
        file.local.remove(start, end);
        file.dirty.remove(start, end);
        file.appended.remove(start, end);
        dropStream(file);
        if (file.work != null) {
            file.work.changed(file);
        }
        shrunk(file);
        FileView view = views.get(0);
        adopt(file, view, view != null && !view.merged());
        if (whole != null) {
            whole.punch(start, end);
        }
    }

    /** Before the last unpublished bytes are taken away: the length that they gave the file stays. */
    private void keepSize(OpenInode file, long start, long end) throws FsException {
        long size = file.work == null ? 0 : file.effectiveSize();
        if (size > file.content.view().attr().sizeBytes() && start < size && size <= end) {
            meta.setattr(file.ino, SetAttr.size(size), Caller.ROOT);
            stayWhereTheyWent(file);
            adopt(file, meta.view(file.ino), false);
        }
    }

    long seek(OpenInode file, long offset, boolean data) throws FsException {
        long size = file.effectiveSize();
        if (offset < 0 || offset >= size) {
            throw new FsException(Errno.ENXIO);
        }
        WholeFile whole = file.whole;
        if (whole != null) {
            return whole.seek(offset, size, data);
        }
        file.lock.lock();
        try {
            long position = offset;
            while (position < size) {
                long piece = piece(file, position, size);
                if (piece > 0 == data) {
                    return position;
                }
                position = Math.abs(piece);
            }
        } finally {
            file.lock.unlock();
        }
        if (data) {
            throw new FsException(Errno.ENXIO);
        }
        return size;
    }

    /** End of the piece at {@code position} that is all data, or negated all hole. */
    private static long piece(OpenInode file, long position, long size) throws FsException {
        long local = file.work == null ? -size : file.local.pieceEnd(position, size);
        if (local > 0) {
            return local;
        }
        long end = -local;
        Content content = file.content;
        if (content.view().inline() != null) {
            long inlineEnd = Math.min(end, content.view().attr().sizeBytes());
            return position < inlineEnd ? inlineEnd : -end;
        }
        ExtentMap map = content.map(position);
        end = Math.min(end, content.mapEnd(position));
        int index = map.find(position);
        if (index >= 0) {
            return Math.min(end, map.end(index));
        }
        int next = -1 - index;
        return -(next < map.size() ? Math.min(end, map.start(next)) : end);
    }
}
