package dev.leat.vfs;

import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Entry;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.Place;
import dev.leat.meta.fs.Time;
import dev.leat.sys.Errno;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file for bytes that were acknowledged, and that cannot go where they were written to because others have changed or removed that file: {@code NAME.leat-lost-TIME-INODE} beside it, or in the root if
 * its directory is gone. It has the bytes at their offsets, holes elsewhere, and the owner and mode of the file if there is one.
 *
 * @param ino the new file
 * @param place where it is
 */
record Aside(long ino, Place place) {
    private static final Logger log = LoggerFactory.getLogger(Aside.class);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    /** What marks them all. */
    private static final String MARK = ".leat-lost-";

    private static final int MODE_WITHOUT_OWNER = 0600;

    /** Makes the file; the same one if it was made before and there was no time for more. */
    static Aside make(MetaFs meta, Intent intent, @Nullable FileView now) throws FsException {
        boolean removed = now == null || now.attr().nlink() == 0;
        Place known = removed ? null : meta.place(intent.ino());
        Place place = known == null ? intent.place() : known;
        Name name = name(place, intent);
        List<Long> parents = place == null ? List.of(MetaFs.ROOT) : List.of(place.parent(), MetaFs.ROOT);
        FsException failure = null;
        for (long parent : parents) {
            try {
                Aside made = new Aside(make(meta, parent, name, now).ino(), new Place(parent, name));
                log.warn(
                        "inode {} was {} by others after bytes had been written to it here: they are kept as '{}' in directory {}",
                        intent.ino(),
                        removed ? "removed" : "changed",
                        name,
                        parent);
                return made;
            } catch (FsException e) {
                failure = e;
            }
        }
        throw failure == null ? new FsException(Errno.EIO) : failure;
    }

    private static Entry make(MetaFs meta, long parent, Name name, @Nullable FileView now) throws FsException {
        int mode = now == null ? MODE_WITHOUT_OWNER : now.attr().mode() & 0777;
        Caller owner = now == null
                ? Caller.ROOT
                : Caller.of(now.attr().uid(), now.attr().gid(), 0);
        try {
            return meta.create(parent, name, NewNode.file(mode, 0), owner);
        } catch (FsException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
            return meta.lookup(parent, name);
        }
    }

    private static Name name(@Nullable Place place, Intent intent) throws FsException {
        String ino = Long.toHexString(intent.ino());
        byte[] old = place == null
                ? ("inode-" + ino).getBytes(StandardCharsets.UTF_8)
                : place.name().bytes().toArray();
        Time written = intent.written();
        Instant time = written == null ? Instant.EPOCH : Instant.ofEpochSecond(written.seconds());
        byte[] mark = (MARK + TIME.format(time) + "-" + ino).getBytes(StandardCharsets.UTF_8);
        int kept = Math.min(old.length, Name.BYTES_MAX - mark.length);
        byte[] whole = Arrays.copyOf(old, kept + mark.length);
        System.arraycopy(mark, 0, whole, kept, mark.length);
        return Name.of(whole);
    }
}
