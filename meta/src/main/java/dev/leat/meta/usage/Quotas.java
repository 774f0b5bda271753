package dev.leat.meta.usage;

import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.Client;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.record.DirParent;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.QuotaRecord;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Reader;
import dev.leat.meta.session.Transaction;
import dev.leat.meta.trash.TrashTree;
import dev.leat.sys.Errno;
import dev.leat.sys.Pause;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sets and shows limits of directories and of the volume (number 0). What was there before a limit is counted by a walk, which is repeated until nothing
 * changed during it. Of a tree that is never still for that long the last count is taken, and {@link #check} says so. Other mounts know of a new limit as
 * soon as they hear of it: within 100 ms.
 */
public final class Quotas {
    /** Quotas inside each other: each is one more write in every commit that changes what is used. */
    private static final int NESTED_MAX = 3;

    /** Times that a busy tree is counted. */
    private static final int COUNTS_MAX = 5;

    /** Every mount whose feed is fresh has heard of a change by then. */
    private static final long HEARD_NANOS = 300_000_000;

    private final Client client;
    private final Runnable forget;

    /**
     * The quotas of a client's volume.
     *
     * @param forget makes this client ask anew which limits there are, so that it need not wait for the feed
     */
    public Quotas(Client client, Runnable forget) {
        this.client = client;
        this.forget = forget;
    }

    /**
     * A limit and what is used of it.
     *
     * @param directory its inode, 0 for the volume
     * @param bytesMax most bytes, 0 for no limit
     * @param inodesMax most inodes, 0 for no limit
     * @param used what is used
     */
    public record Quota(long directory, long bytesMax, long inodesMax, Used used) {}

    /**
     * What is recorded as used, and what a walk has found.
     *
     * @param exact whether both are of one instant; else the tree was never still for long enough
     */
    public record Checked(Used recorded, Used found, boolean exact) {
        /** Whether both are the same. */
        public boolean isRight() {
            return recorded.equals(found);
        }
    }

    /** All limits, the volume's first. */
    public List<Quota> list() throws FsException {
        List<Quota> all = new ArrayList<>();
        for (Map.Entry<Key, Value> row : client.reader().scan(Keys.quotas(), null, CommitRules.PAGE_MAX)) {
            all.add(quota(Keys.numberIn(row.getKey().name()), decode(row.getValue())));
        }
        return all;
    }

    /** The limit set on this very directory (0 for the volume), null if there is none. */
    public @Nullable Quota get(long directory) throws FsException {
        Value value = client.reader().get(Keys.quota(directory));
        return value == null ? null : quota(directory, decode(value));
    }

    /** The volume's limits, 0 where there is none, and what it uses; for one who has not joined it. */
    public static Quota ofVolume(Reader reader) throws FsException {
        Value value = reader.get(Keys.quota(0));
        QuotaRecord limit = value == null ? new QuotaRecord(0, 0, 0) : decode(value);
        return new Quota(0, limit.bytesMax(), limit.inodesMax(), VolumeUsage.used(reader, 0));
    }

    /** The path of a directory from the volume's root, with a slash before it; null if it is gone. */
    public @Nullable String path(long directory) throws FsException {
        StringBuilder path = new StringBuilder();
        try {
            for (long at = directory; at != MetaFs.ROOT && at != 0; ) {
                Value value = client.reader().get(Keys.dirParent(at));
                DirParent parent = value == null ? null : DirParent.decode(value.bytes());
                if (parent == null || parent.name() == null) {
                    return null;
                }
                path.insert(0, "/" + parent.name());
                at = parent.parent();
            }
        } catch (MetaException e) {
            throw Failures.of(e);
        }
        return path.isEmpty() ? "/" : path.toString();
    }

    /** What the volume uses. */
    public Used used() throws FsException {
        return VolumeUsage.used(client.reader(), 0);
    }

    private Quota quota(long root, QuotaRecord record) throws FsException {
        return new Quota(root, record.bytesMax(), record.inodesMax(), VolumeUsage.used(client.reader(), root));
    }

    /**
     * Sets or changes a limit.
     *
     * @param directory its inode; 0 for the volume
     * @param bytesMax most bytes, 0 for no limit
     * @param inodesMax most inodes, 0 for no limit
     */
    public void set(long directory, long bytesMax, long inodesMax) throws FsException {
        if (bytesMax < 0 || inodesMax < 0) {
            throw new FsException(Errno.EINVAL, "a quota cannot be negative; 0 means no limit");
        }
        if (TrashTree.isTrash(directory)) {
            throw new FsException(Errno.EINVAL, "the trash has no quota of its own; it counts for the volume");
        }
        long outer = client.transactions().runFresh(tx -> {
            Value there = tx.get(Keys.quota(directory));
            long parent = there == null ? outer(tx, directory) : decode(there).parent();
            if (there == null) {
                requireDepth(tx, parent);
            }
            tx.unchanged(Keys.quota(directory));
            tx.put(Keys.quota(directory), new QuotaRecord(parent, bytesMax, inodesMax).encode());
            return there == null ? parent : -1L;
        });
        forget.run();
        if (directory == 0) {
            fold();
        } else if (outer >= 0) {
            mark(directory, outer, directory);
            // Mounts that know the directories as they were charge the quota around it: let them hear first.
            Pause.nanos(HEARD_NANOS);
            check(directory, true);
        }
    }

    /** Lifts a limit; ENOENT if there is none. */
    public void delete(long directory) throws FsException {
        Value there = client.reader().get(Keys.quota(directory));
        if (there == null) {
            throw new FsException(Errno.ENOENT, "there is no quota");
        }
        if (directory != 0) {
            mark(directory, directory, decode(there).parent());
        }
        client.transactions().change(tx -> {
            tx.delete(Keys.quota(directory));
            if (directory != 0) {
                tx.delete(Keys.usage(directory, 0));
            }
        });
        forget.run();
    }

    /**
     * Counts anew what is used, again and again until nothing changed meanwhile, {@value #COUNTS_MAX} times at most.
     *
     * @param directory its inode; 0 for the volume
     * @param repair whether to record what was found
     */
    public Checked check(long directory, boolean repair) throws FsException {
        if (repair && directory != 0) {
            remark(directory);
        }
        Used recorded;
        Used found;
        boolean exact;
        int counts = 0;
        do {
            Map<Key, Value> before = cells(directory);
            TreeCount count = new TreeCount(client);
            found = count.of(directory);
            exact = count.isStill() && stamps(before).equals(stamps(cells(directory)));
            recorded = Used.total(before.values());
        } while (!exact && ++counts < COUNTS_MAX);
        if (repair && !recorded.equals(found)) {
            // As a difference, so that what is charged meanwhile is not lost.
            Used missing = found.plus(-recorded.bytes(), -recorded.inodes());
            client.transactions().change(tx -> tx.merge(Keys.usage(directory, 0), missing.toCell()));
        }
        return new Checked(recorded, found, exact);
    }

    /** Finishes what a client left undone that died while it set a quota. */
    private void remark(long directory) throws FsException {
        Value there = client.reader().get(Keys.quota(directory));
        if (there != null) {
            mark(directory, decode(there).parent(), directory);
        }
    }

    private Map<Key, Value> cells(long directory) throws FsException {
        return client.reader().get(List.of(), List.of(Keys.usages(directory)));
    }

    private static Map<Key, Stamp> stamps(Map<Key, Value> cells) {
        Map<Key, Stamp> stamps = new HashMap<>();
        cells.forEach((key, value) -> stamps.put(key, value.stamp()));
        return stamps;
    }

    /** Moves what is in the sessions' cells into the one that a limit is checked on. */
    private void fold() throws FsException {
        client.transactions().runFresh(tx -> {
            Map<Key, Value> cells = tx.range(Keys.usages(0));
            for (Key key : cells.keySet()) {
                tx.unchanged(key);
                tx.delete(key);
            }
            Key base = Keys.usage(0, 0);
            tx.unchanged(base);
            tx.put(base, Used.total(cells.values()).toCell().encode());
            return true;
        });
    }

    private static long outer(Transaction tx, long directory) throws FsException, MetaException {
        if (directory == 0) {
            return 0;
        }
        Value value = tx.get(Keys.dir(directory));
        if (value == null) {
            throw new FsException(Errno.ENOTDIR, "a quota is set on a directory");
        }
        return DirRecord.decode(value.bytes()).quotaRoot();
    }

    private static void requireDepth(Transaction tx, long parent) throws FsException {
        int depth = 1;
        for (long at = parent; at != 0; depth++) {
            if (depth == NESTED_MAX) {
                throw new FsException(Errno.EINVAL, "quotas can be nested " + NESTED_MAX + " deep at most");
            }
            Value value = tx.get(Keys.quota(at));
            at = value == null ? 0 : decode(value).parent();
        }
    }

    /** Tells all directories of a tree, from the top down, so that what is made in them meanwhile is told by its parent. */
    private void mark(long top, long before, long after) throws FsException {
        Deque<Long> next = new ArrayDeque<>();
        next.add(top);
        while (!next.isEmpty()) {
            long directory = next.pop();
            boolean inside = client.transactions().runFresh(tx -> markOne(tx, directory, before, after));
            if (inside) {
                TreeCount.subdirectories(client.reader(), directory, next::push);
            }
        }
    }

    private static boolean markOne(Transaction tx, long directory, long before, long after)
            throws FsException, MetaException {
        Key key = Keys.dir(directory);
        Value value = tx.get(key);
        if (value == null) {
            return false;
        }
        DirRecord record = DirRecord.decode(value.bytes());
        if (record.quotaRoot() == directory && directory != before && directory != after) {
            // A quota inside this one: it counts towards another outer one from now on.
            Key quota = Keys.quota(directory);
            Value inner = tx.get(quota);
            if (inner != null && decode(inner).parent() == before) {
                QuotaRecord old = decode(inner);
                tx.unchanged(quota);
                tx.put(quota, new QuotaRecord(after, old.bytesMax(), old.inodesMax()).encode());
            }
            return false;
        }
        if (record.quotaRoot() == before) {
            tx.unchanged(key);
            tx.put(key, record.withQuotaRoot(after).encode());
        }
        return true;
    }

    private static QuotaRecord decode(Value value) throws FsException {
        try {
            return QuotaRecord.decode(value.bytes());
        } catch (MetaException e) {
            throw Failures.of(e);
        }
    }
}
