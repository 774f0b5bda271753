package dev.leat.meta.record;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.Extent;
import java.util.List;

/**
 * Some of the extents of a file that has many: those that start at or after the page's own offset and before the next page's.
 *
 * @param extents in order, 1 to {@link #EXTENTS_MAX}
 */
public record ExtentPage(List<Extent> extents) {
    /** Most extents of a page: about 8 KiB, read and written in one piece. */
    public static final int EXTENTS_MAX = 256;

    private static final int VERSION = 1;

    /** As a value. */
    public byte[] encode() {
        RecordWriter out = new RecordWriter(VERSION);
        Layout.writeExtents(extents, out);
        return out.toBytes();
    }

    /** The page in a value. */
    public static ExtentPage decode(byte[] bytes) throws MetaException {
        return RecordReader.read("page of extents", bytes, VERSION, in -> new ExtentPage(Layout.readExtents(in)));
    }
}
