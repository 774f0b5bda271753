package dev.leat.meta.record;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.FileLock;
import java.util.ArrayList;
import java.util.List;

/**
 * The advisory locks on an inode. What belongs to a session that is no more does not count.
 *
 * @param held the locks, ordered by first byte
 * @param waiting numbers of sessions that wait for one, so that a mount whose own processes hand a lock to each other lets others have a turn
 */
public record LockRecord(List<Held> held, List<Integer> waiting) {
    /** No locks. */
    public static final LockRecord NONE = new LockRecord(List.of(), List.of());

    private static final int VERSION = 1;
    private static final FileLock.Kind[] KINDS = {FileLock.Kind.FLOCK, FileLock.Kind.POSIX};

    /** Copies the lists. */
    public LockRecord {
        held = List.copyOf(held);
        waiting = List.copyOf(waiting);
    }

    /** A lock with the session through which it was taken. */
    public record Held(int session, FileLock lock) {}

    /** Whether there is nothing worth keeping. */
    public boolean isEmpty() {
        return held.isEmpty() && waiting.isEmpty();
    }

    /** As a value. */
    public byte[] encode() {
        RecordWriter out = new RecordWriter(VERSION).number(held.size());
        for (Held one : held) {
            FileLock lock = one.lock;
            boolean toEnd = lock.end() == Long.MAX_VALUE;
            out.u8((lock.kind() == KINDS[0] ? 0 : 1) | (lock.mode() == FileLock.Mode.EXCLUSIVE ? 2 : 0))
                    .u32(one.session)
                    .fixed(lock.owner())
                    .u32(lock.pid())
                    .number(lock.start())
                    .number(toEnd ? 0 : lock.end() - lock.start() + 1);
        }
        out.number(waiting.size());
        waiting.forEach(out::u32);
        return out.toBytes();
    }

    /** The record in a value. */
    public static LockRecord decode(byte[] bytes) throws MetaException {
        return RecordReader.read("record of locks", bytes, VERSION, in -> {
            int count = in.count();
            List<Held> held = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                held.add(read(in));
            }
            int sessions = in.count();
            List<Integer> waiting = new ArrayList<>(sessions);
            for (int i = 0; i < sessions; i++) {
                waiting.add(in.u32());
            }
            return new LockRecord(held, waiting);
        });
    }

    private static Held read(RecordReader in) {
        int flags = in.u8();
        int session = in.u32();
        long owner = in.fixed();
        int pid = in.u32();
        long start = in.number();
        long length = in.number();
        FileLock.Mode mode = (flags & 2) == 0 ? FileLock.Mode.SHARED : FileLock.Mode.EXCLUSIVE;
        long end = length == 0 ? Long.MAX_VALUE : start + length - 1;
        return new Held(session, new FileLock(KINDS[flags & 1], owner, pid, mode, start, end));
    }
}
