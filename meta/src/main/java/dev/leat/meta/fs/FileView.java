package dev.leat.meta.fs;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.record.Layout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A regular file's record at one moment: what OPEN reads, in one round trip.
 *
 * @param attr its attributes
 * @param stamp which commit last changed the record; an equal stamp means unchanged content
 * @param version which content it is, also when something else of the record has changed
 * @param inline the whole content of a file of at most 4 KiB, else null
 * @param extents all extents when there are few, else null: then {@link MetaFs#extents} reads the pages that are needed
 * @param merged in the answer to a publication: whether the record was not the one that the edits had been made on, so that it holds what
 *     others changed as well
 */
public record FileView(
        Attr attr,
        Stamp stamp,
        ContentVersion version,
        @Nullable Bytes inline,
        @Nullable List<Extent> extents,
        boolean merged) {
    /** A record as it was found. */
    public FileView(
            Attr attr, Stamp stamp, ContentVersion version, @Nullable Bytes inline, @Nullable List<Extent> extents) {
        this(attr, stamp, version, inline, extents, false);
    }

    static FileView of(long ino, Node.File node) {
        Attr attr = node.record().attr(ino);
        ContentVersion version = node.record().version();
        return switch (node.record().layout()) {
            case Layout.Inline(Bytes bytes) -> new FileView(attr, node.stamp(), version, bytes, null);
            case Layout.Extents(List<Extent> extents) -> new FileView(attr, node.stamp(), version, null, extents);
            case Layout.Paged paged -> new FileView(attr, node.stamp(), version, null, null);
        };
    }

    /** The same record, made by a publication on another one than its base. */
    public FileView asMerged() {
        return new FileView(attr, stamp, version, inline, extents, true);
    }
}
