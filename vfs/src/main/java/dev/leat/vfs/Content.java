package dev.leat.vfs;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.ContentVersion;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.store.Blob;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file's published content as of one record: inline bytes, or extents laid out for reading. Immutable but for the
 * windows of a file with many extents, which are read when they are wanted and kept a few at a time.
 *
 * <p>Such windows may be newer than the record: extents are changed where they lie. Who reads does not mind, since newer bytes are as good. Who
 * compares what a file was with what it is asks for the extents {@linkplain #mapThen then}.
 */
final class Content {
    /** Part of a file whose extents are read together, in bytes: at 4 KiB an extent, 16,384 of them, about 1 MiB. */
    static final long WINDOW_BYTES = 64L << 20;

    private static final Logger log = LoggerFactory.getLogger(Content.class);

    /** Windows kept; a reader with more streams than this reads windows again. */
    private static final int WINDOWS_KEPT = 16;

    private final FileView view;
    private final MetaFs meta;
    private final @Nullable ExtentMap whole;
    private final Window[] windows;
    private int nextWindow;

    /**
     * Extents of a part of the file.
     *
     * @param exact whether they are surely those of the record, and not newer ones
     */
    private record Window(long start, ExtentMap map, boolean exact) {}

    Content(FileView view, MetaFs meta) {
        this.view = view;
        this.meta = meta;
        List<Extent> extents = view.extents();
        this.whole = view.inline() != null ? ExtentMap.EMPTY : extents == null ? null : ExtentMap.of(extents, meta);
        this.windows = new Window[whole == null ? WINDOWS_KEPT : 0];
    }

    FileView view() {
        return view;
    }

    /** The blob that is the whole content, byte for byte; null if the content is anything else. */
    @Nullable
    Blob onlyBlob() {
        ExtentMap map = whole;
        if (map == null || map.size() != 1) {
            return null;
        }
        long size = view.attr().sizeBytes();
        Blob blob = map.blob(0);
        boolean all = map.start(0) == 0 && map.end(0) == size && map.blobOffset(0, 0) == 0;
        return all && blob.sizeBytes() == size ? blob : null;
    }

    /** Whether another record of the file has the same bytes, wherever they lie. */
    boolean sameBytes(FileView other) {
        // A record from before there were versions has the first one, whatever it holds.
        boolean sameVersion =
                view.version().equals(other.version()) && !view.version().equals(ContentVersion.NEW);
        return sameVersion || sameExtents(other);
    }

    private boolean sameExtents(FileView other) {
        return view.attr().sizeBytes() == other.attr().sizeBytes()
                && Objects.equals(view.inline(), other.inline())
                && view.extents() != null
                && view.extents().equals(other.extents());
    }

    /** The extents around {@code offset} if they are at hand, else null. Never blocks. */
    @Nullable
    ExtentMap mapNow(long offset) {
        if (whole != null) {
            return whole;
        }
        long start = windowStart(offset);
        for (Window window : windows) {
            if (window != null && window.start == start) {
                return window.map;
            }
        }
        return null;
    }

    /** The extents around {@code offset}; valid for the part of the file up to {@link #mapEnd}. */
    ExtentMap map(long offset) throws FsException {
        ExtentMap now = mapNow(offset);
        if (now != null) {
            return now;
        }
        long start = windowStart(offset);
        ExtentMap map = ExtentMap.of(meta.extents(view, start, WINDOW_BYTES), meta);
        keep(new Window(start, map, false));
        return map;
    }

    private void keep(Window window) {
        synchronized (windows) {
            int at = nextWindow;
            for (int i = 0; i < windows.length; i++) {
                if (windows[i] != null && windows[i].start == window.start) {
                    at = i;
                }
            }
            windows[at] = window;
            if (at == nextWindow) {
                nextWindow = (nextWindow + 1) % WINDOWS_KEPT;
            }
        }
    }

    /**
     * The extents around {@code offset} as the record has them, valid up to {@link #mapEnd}.
     *
     * @return null if they have been changed since and had not been read before
     */
    @Nullable
    ExtentMap mapThen(long offset) throws FsException {
        if (whole != null) {
            return whole;
        }
        long start = windowStart(offset);
        for (Window window : windows) {
            if (window != null && window.start == start && window.exact) {
                return window.map;
            }
        }
        try {
            ExtentMap map = ExtentMap.of(meta.extents(view, start, WINDOW_BYTES), meta);
            if (!meta.view(view.attr().ino()).version().equals(view.version())) {
                return null;
            }
            keep(new Window(start, map, true));
            return map;
        } catch (FsException e) {
            // They are no longer there: in the record again, or in other pages.
            log.debug("extents of inode {} at {} are gone: {}", view.attr().ino(), start, e.getMessage());
            return null;
        }
    }

    /** Reads all extents now, so that {@link #mapThen} has them later; of a file that is larger than the windows that are kept those at its start. */
    void remember() throws FsException {
        long end = Math.min(view.attr().sizeBytes(), WINDOWS_KEPT * WINDOW_BYTES);
        for (long at = 0; whole == null && at < end; at += WINDOW_BYTES) {
            mapThen(at);
        }
    }

    /** Where the map that holds {@code offset} stops being complete. */
    long mapEnd(long offset) {
        return whole != null ? Long.MAX_VALUE : windowStart(offset) + WINDOW_BYTES;
    }

    private static long windowStart(long offset) {
        return offset - offset % WINDOW_BYTES;
    }

    /** Copies inline bytes; those past the inline content are zeros. */
    static void copyInline(Bytes inline, long offset, MemorySegment to, long toOffset, int lengthBytes) {
        int available = (int) Math.clamp(inline.length() - offset, 0L, lengthBytes);
        if (available > 0) {
            MemorySegment.copy(inline.unsafeArray(), (int) offset, to, ValueLayout.JAVA_BYTE, toOffset, available);
        }
        to.asSlice(toOffset + available, lengthBytes - available).fill((byte) 0);
    }
}
