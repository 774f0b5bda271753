package dev.leat.vfs;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.ContentVersion;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.Place;
import dev.leat.meta.fs.Time;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * That some bytes of a work file are to be published: what a later mount has to know to do it.
 *
 * @param ino the file
 * @param session the session that wrote this: what it changed itself last is no content of others
 * @param base the content that the bytes were written on
 * @param dirty where in the work file the bytes are; what lies past its end was cut off later
 * @param appended those of them that were appended
 * @param written when they were written
 * @param killPrivileges whether setuid and setgid are to go with them
 * @param place where the file had a name, if that was known: for the day on which it has none
 * @param synced whether the bytes were on the disk before this was written; else it counts only until the machine starts again
 * @param boot the run of the machine in which it was written
 */
record Intent(
        long ino,
        long session,
        ContentVersion base,
        RangeSet dirty,
        RangeSet appended,
        @Nullable Time written,
        boolean killPrivileges,
        @Nullable Place place,
        boolean synced,
        long boot) {
    private static final int SYNCED = 1;
    private static final int KILL_PRIVILEGES = 2;
    private static final int WRITTEN = 4;
    private static final int PLACED = 8;

    /** The same of bytes that are now another file's. */
    Intent of(long otherIno, long otherSession, ContentVersion otherBase, long otherBoot) {
        return new Intent(
                otherIno, otherSession, otherBase, dirty, appended, written, killPrivileges, place, synced, otherBoot);
    }

    byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte((synced ? SYNCED : 0)
                    | (killPrivileges ? KILL_PRIVILEGES : 0)
                    | (written == null ? 0 : WRITTEN)
                    | (place == null ? 0 : PLACED));
            out.writeLong(ino);
            out.writeLong(session);
            out.writeLong(boot);
            out.writeLong(base.session());
            out.writeLong(base.number());
            if (written != null) {
                out.writeLong(written.seconds());
                out.writeInt(written.nanos());
            }
            if (place != null) {
                byte[] name = place.name().bytes().toArray();
                out.writeLong(place.parent());
                out.writeShort(name.length);
                out.write(name);
            }
            write(out, dirty);
            write(out, appended);
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot fail", e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, RangeSet set) throws IOException {
        List<RangeSet.Range> ranges = set.toList();
        out.writeInt(ranges.size());
        for (RangeSet.Range range : ranges) {
            out.writeLong(range.start());
            out.writeLong(range.end());
        }
    }

    static Intent decode(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        int flags = in.readByte();
        long ino = in.readLong();
        long session = in.readLong();
        long boot = in.readLong();
        ContentVersion base = new ContentVersion(in.readLong(), in.readLong());
        Time written = (flags & WRITTEN) == 0 ? null : new Time(in.readLong(), in.readInt());
        Place place = null;
        if ((flags & PLACED) != 0) {
            long parent = in.readLong();
            place = new Place(parent, new Name(Bytes.wrap(in.readNBytes(in.readUnsignedShort()))));
        }
        RangeSet dirty = readRanges(in);
        RangeSet appended = readRanges(in);
        return new Intent(
                ino,
                session,
                base,
                dirty,
                appended,
                written,
                (flags & KILL_PRIVILEGES) != 0,
                place,
                (flags & SYNCED) != 0,
                boot);
    }

    private static RangeSet readRanges(DataInputStream in) throws IOException {
        RangeSet set = new RangeSet();
        for (int left = in.readInt(); left > 0; left--) {
            set.add(in.readLong(), in.readLong());
        }
        return set;
    }
}
