package dev.leat.meta.fs;

import dev.leat.meta.content.ContentStore;
import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.Layout;
import dev.leat.meta.session.Session;
import dev.leat.meta.session.Transaction;
import dev.leat.sys.Pause;
import dev.leat.sys.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Inodes without names. While they are open somewhere they live: each session puts a hold on those that it has open, for which it has two of
 * the longest lease around, by the watch of whoever wants to reap them. Where no other session is alive that wait is pointless and left out. Holds of dead sessions do
 * not count. What an inode refers to is given up in bounded commits before the inode itself.
 */
final class Orphans implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);
    private static final int PAGE = 1_000;

    /** Pages looked at in one round; what lies behind has its turn when these are reaped. */
    private static final int PAGES = 20;

    /** Inodes reaped in one commit: each takes up to six checks and writes of a hundred. */
    private static final int BATCH = 12;

    private final Client client;
    private final Session session;
    private final OpenInodes open;
    private final ContentStore content;
    private Map<Long, Long> firstSeen = new HashMap<>();
    private final Thread thread;
    private volatile boolean ended;

    Orphans(Client client, Session session, OpenInodes open, ContentStore content) {
        this.client = client;
        this.session = session;
        this.open = open;
        this.content = content;
        this.thread = Thread.ofPlatform().name("leat-orphans").daemon().unstarted(this::loop);
    }

    void start() {
        thread.start();
    }

    private void loop() {
        long interval = session.lease().toNanos() / 5;
        boolean failing = false;
        while (!ended && session.alive()) {
            Pause.nanos(interval, () -> ended);
            if (ended) {
                return;
            }
            try {
                round();
                failing = false;
            } catch (FsException e) {
                if (!ended && session.alive() && !failing) {
                    failing = true;
                    LOG.warn("reaping unlinked files failed and is tried again: {}", e.getMessage());
                }
            }
        }
    }

    /** One look at all orphans: holds those that are open here, reaps those that nobody has open. Returns how many were reaped. */
    synchronized int round() throws FsException {
        releaseHolds();
        List<Long> inos = list();
        // Read after the list: a session that is not there yet cannot have opened anything on it by name.
        Map<Integer, Duration> others = session.others();
        Duration longest = others.values().stream().reduce(session.lease(), (a, b) -> a.compareTo(b) > 0 ? a : b);
        long patience = others.isEmpty() ? 0 : 2 * longest.toNanos();
        long now = session.nanoTime();
        Map<Long, Long> seen = new HashMap<>();
        List<Long> due = new ArrayList<>();
        for (long ino : inos) {
            long since = firstSeen.getOrDefault(ino, now);
            seen.put(ino, since);
            if (open.isOpen(ino)) {
                hold(ino);
            } else if (now - since >= patience && !open.isHeld(ino)) {
                due.add(ino);
            }
        }
        firstSeen = seen;
        int reaped = 0;
        for (int i = 0; i < due.size() && !ended; i += BATCH) {
            reaped += reap(due.subList(i, Math.min(due.size(), i + BATCH)));
        }
        return reaped;
    }

    private List<Long> list() throws FsException {
        List<Long> inos = new ArrayList<>();
        Bytes after = null;
        for (int i = 0; i < PAGES; i++) {
            List<Map.Entry<Key, Value>> page = client.reader().scan(Keys.orphans(), after, PAGE);
            for (Map.Entry<Key, Value> row : page) {
                after = row.getKey().name();
                inos.add(Keys.numberIn(after));
            }
            if (page.size() < PAGE) {
                break;
            }
        }
        return inos;
    }

    /** Puts a hold on an inode that is open here, if it is an orphan and has none yet. */
    void hold(long ino) throws FsException {
        if (open.isHeld(ino)) {
            return;
        }
        boolean orphan = client.transactions().runFresh(tx -> {
            if (tx.get(Keys.orphan(ino)) == null) {
                return false;
            }
            tx.exists(Keys.orphan(ino));
            tx.put(Keys.hold(ino, session.number()), new byte[0]);
            return true;
        });
        if (orphan) {
            open.held(ino);
        }
    }

    private void releaseHolds() throws FsException {
        for (Long ino = open.nextReleased(); ino != null; ino = open.nextReleased()) {
            long held = ino;
            try {
                client.transactions().change(tx -> tx.delete(Keys.hold(held, session.number())));
            } catch (FsException e) {
                open.releaseLater(held);
                throw e;
            }
        }
    }

    private int reap(List<Long> inos) throws FsException {
        for (long ino : inos) {
            boolean full = client.transactions().runFresh(tx -> isFull(tx, ino));
            if (full) {
                // In as many commits as it takes, each bounded.
                content.update(ino, List.of(new Edit.Resize(0)), file -> file, false);
            }
        }
        return client.transactions().runFresh(tx -> {
            List<Key> keys = new ArrayList<>();
            for (long ino : inos) {
                keys.add(Keys.orphan(ino));
                keys.add(Keys.inodeRef(ino));
            }
            tx.load(keys, inos.stream().map(Keys::holds).toList());
            int reaped = 0;
            for (long ino : inos) {
                reaped += remove(tx, ino) ? 1 : 0;
            }
            return reaped;
        });
    }

    /** Whether an inode that nobody holds refers to anything that is to be given up first. */
    private boolean isFull(Transaction tx, long ino) throws FsException, MetaException {
        tx.load(List.of(Keys.orphan(ino), Keys.inodeRef(ino)), List.of(Keys.holds(ino)));
        FileRecord file = unnamed(tx, ino);
        return file != null && !isFreed(file) && !anyLiveHold(tx, ino);
    }

    /** Removes an inode that refers to nothing any more. */
    private boolean remove(Transaction tx, long ino) throws FsException, MetaException {
        if (tx.get(Keys.orphan(ino)) == null) {
            return false;
        }
        FileRecord file = unnamed(tx, ino);
        Key ref = Keys.inodeRef(ino);
        boolean gone = tx.get(ref) == null;
        if (!gone && (file == null || !isFreed(file) || anyLiveHold(tx, ino))) {
            return false;
        }
        tx.unchanged(Keys.orphan(ino));
        tx.unchanged(ref);
        tx.empty(Keys.holds(ino));
        tx.delete(Keys.orphan(ino));
        tx.delete(ref);
        tx.delete(Keys.locks(ino));
        if (file != null) {
            file.attributes().largeXattrs().stream()
                    .map(name -> Keys.xattr(ino, name))
                    .forEach(tx::delete);
        }
        return true;
    }

    /** The record of an inode without names, null if it is something else by now. */
    private static @Nullable FileRecord unnamed(Transaction tx, long ino) throws FsException, MetaException {
        if (tx.get(Keys.orphan(ino)) == null) {
            return null;
        }
        Value value = tx.get(Keys.inodeRef(ino));
        if (value != null && InodeRef.decode(value.bytes()) instanceof InodeRef.Full(FileRecord file)) {
            return file.nlink() == 0 ? file : null;
        }
        return null;
    }

    /** Whether a live session holds it; holds of dead ones are removed on the way. */
    private boolean anyLiveHold(Transaction tx, long ino) throws FsException {
        if (tx.sawUnder(Keys.holds(ino))) {
            boolean live = false;
            for (Key hold : tx.range(Keys.holds(ino)).keySet()) {
                int number = (int) Keys.numberIn(hold.name());
                if (session.isLive(number)) {
                    live = true;
                } else {
                    client.transactions().change(other -> other.delete(hold));
                }
            }
            // Holds were removed behind this transaction's back: the next round sees the inode without them.
            return live || tx.sawUnder(Keys.holds(ino));
        }
        return false;
    }

    private static boolean isFreed(FileRecord file) {
        return switch (file.layout()) {
            case Layout.Inline inline -> true;
            case Layout.Extents extents -> extents.extents().isEmpty();
            case Layout.Paged paged -> false;
        };
    }

    /** Ends the thread, and removes this session's holds. */
    @Override
    public void close() {
        ended = true;
        LockSupport.unpark(thread);
        Threads.join(thread);
        open.releaseAll();
        if (session.alive()) {
            try {
                releaseHolds();
            } catch (FsException e) {
                LOG.warn("holds on unlinked files stay until others find this session gone: {}", e.getMessage());
            }
        }
    }
}
