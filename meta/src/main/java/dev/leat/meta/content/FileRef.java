package dev.leat.meta.content;

import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Layout;
import java.util.List;

/**
 * An inode's record and where it was found.
 *
 * @param ino the inode
 * @param key where the record is: its only name's entry, or the inode's own key
 * @param embedded whether that is an entry
 * @param stamp which commit wrote it
 * @param file the record
 */
record FileRef(long ino, Key key, boolean embedded, Stamp stamp, FileRecord file) {

    /** That the record is still this one. */
    Check unchanged() {
        return new Check.At(key, stamp);
    }

    /** Puts another record in its place. */
    Write put(FileRecord changed) {
        byte[] value = embedded ? new EntryRecord.Embedded(ino, changed).encode() : new InodeRef.Full(changed).encode();
        return new Write.Put(key, value);
    }

    /** The same place after a commit. */
    FileRef committed(Stamp newStamp, FileRecord changed) {
        return new FileRef(ino, key, embedded, newStamp, changed);
    }

    /** What OPEN shows. */
    FileView view() {
        return switch (file.layout()) {
            case Layout.Inline inline -> new FileView(file.attr(ino), stamp, file.version(), inline.content(), null);
            case Layout.Extents(List<Extent> extents) ->
                new FileView(file.attr(ino), stamp, file.version(), null, extents);
            case Layout.Paged paged -> new FileView(file.attr(ino), stamp, file.version(), null, null);
        };
    }
}
