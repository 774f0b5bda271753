package dev.leat.meta.usage;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.feed.KeyWatch;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.FsStat;
import dev.leat.meta.fs.Usage;
import dev.leat.meta.record.DirCell;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.QuotaRecord;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Reader;
import dev.leat.meta.session.Transaction;
import dev.leat.sys.Errno;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts what is used in the commits that change it, so the count is never behind. Without a limit each session adds to a cell of its own, and sessions do not
 * meet. What has a limit has one cell, whose merges carry the limit as their bound: so it holds exactly, on all mounts together, at the price
 * that changes below one quota pass through one value.
 *
 * <p>Which limits there are is remembered, and forgotten when the feed says that they changed.
 */
public final class VolumeUsage implements Usage, KeyWatch {
    /** Shown as free where there is no limit: what no store has, and every program can add to. */
    private static final long PIB = 1L << 50;

    private static final long INODES_MANY = 1L << 40;
    private static final long[] UNBOUNDED = {};
    private static final long UNFRESH_NANOS = 1_000_000_000L;

    private final Reader reader;
    private final int cell;
    private final BooleanSupplier feedFresh;
    private final Map<Long, Optional<QuotaRecord>> limits = new ConcurrentHashMap<>();
    private volatile long forgottenAt = System.nanoTime();

    /**
     * The usage of a volume.
     *
     * @param session this client's number, null for one that only reads
     * @param feedFresh whether {@link #changed} is called for every change
     */
    public VolumeUsage(Reader reader, @Nullable Integer session, BooleanSupplier feedFresh) {
        this.reader = reader;
        this.cell = session == null ? 0 : DirCell.of(session);
        this.feedFresh = feedFresh;
    }

    @Override
    public void charge(Transaction tx, long quotaRoot, long bytes, long inodes) throws FsException, MetaException {
        if (bytes == 0 && inodes == 0) {
            return;
        }
        for (long root = quotaRoot; root != 0; ) {
            QuotaRecord limit = limit(root);
            if (limit == null) {
                // It was lifted, and the directories are about to be told.
                break;
            }
            chargeLimited(tx, root, limit, bytes, inodes);
            root = limit.parent();
        }
        QuotaRecord volume = limit(0);
        if (volume == null) {
            tx.merge(Keys.usage(0, cell), new Used(bytes, inodes).toCell());
        } else {
            chargeLimited(tx, 0, volume, bytes, inodes);
        }
    }

    @Override
    public void move(Transaction tx, long from, long to, long bytes, long inodes) throws FsException, MetaException {
        if (from == to || (bytes == 0 && inodes == 0)) {
            return;
        }
        Map<Long, QuotaRecord> left = chain(from);
        Map<Long, QuotaRecord> entered = chain(to);
        for (Map.Entry<Long, QuotaRecord> quota : left.entrySet()) {
            if (!entered.containsKey(quota.getKey())) {
                chargeLimited(tx, quota.getKey(), quota.getValue(), -bytes, -inodes);
            }
        }
        for (Map.Entry<Long, QuotaRecord> quota : entered.entrySet()) {
            if (!left.containsKey(quota.getKey())) {
                chargeLimited(tx, quota.getKey(), quota.getValue(), bytes, inodes);
            }
        }
    }

    /** A quota and those around it, without the volume's. */
    private Map<Long, QuotaRecord> chain(long quotaRoot) throws FsException, MetaException {
        Map<Long, QuotaRecord> chain = new LinkedHashMap<>();
        for (long root = quotaRoot; root != 0; ) {
            QuotaRecord limit = limit(root);
            if (limit == null) {
                break;
            }
            chain.put(root, limit);
            root = limit.parent();
        }
        return chain;
    }

    private static void chargeLimited(Transaction tx, long root, QuotaRecord limit, long bytes, long inodes)
            throws FsException {
        Key key = Keys.usage(root, 0);
        // What shrinks must pass also where the limit was set below what is used.
        long bytesMax = bytes <= 0 || limit.bytesMax() == 0 ? Long.MAX_VALUE : limit.bytesMax();
        long inodesMax = inodes <= 0 || limit.inodesMax() == 0 ? Long.MAX_VALUE : limit.inodesMax();
        boolean bounded = bytesMax != Long.MAX_VALUE || inodesMax != Long.MAX_VALUE;
        Value now = tx.peek(key);
        Used after = (now == null ? Used.NOTHING : Used.total(List.of(now))).plus(bytes, inodes);
        if ((bytes > 0 && after.bytes() > bytesMax) || (inodes > 0 && after.inodes() > inodesMax)) {
            throw new FsException(root == 0 ? Errno.ENOSPC : Errno.EDQUOT);
        }
        tx.merge(key, new Used(bytes, inodes).toCell(), bounded ? new long[] {bytesMax, inodesMax} : UNBOUNDED);
    }

    @Override
    public FsStat statfs(long quotaRoot) throws FsException {
        FsStat shown = null;
        for (long root = quotaRoot; root != 0; ) {
            QuotaRecord limit = limitOrFail(root);
            if (limit == null) {
                break;
            }
            shown = within(shown, stat(root, limit));
            root = limit.parent();
        }
        return within(shown, stat(0, limitOrFail(0)));
    }

    /** The inner one's totals, with no more free than the outer one has. */
    private static FsStat within(@Nullable FsStat inner, FsStat outer) {
        return inner == null
                ? outer
                : new FsStat(
                        inner.totalBytes(),
                        Math.min(inner.freeBytes(), outer.freeBytes()),
                        inner.totalInodes(),
                        Math.min(inner.freeInodes(), outer.freeInodes()));
    }

    private FsStat stat(long root, @Nullable QuotaRecord limit) throws FsException {
        Used used = used(reader, root);
        long usedBytes = Math.max(0, used.bytes());
        long usedInodes = Math.max(0, used.inodes());
        long bytes = limit == null || limit.bytesMax() == 0 ? usedBytes + PIB : limit.bytesMax();
        long inodes = limit == null || limit.inodesMax() == 0 ? usedInodes + INODES_MANY : limit.inodesMax();
        return new FsStat(bytes, Math.max(0, bytes - usedBytes), inodes, Math.max(0, inodes - usedInodes));
    }

    /** What a tree uses, from all cells at one instant. */
    static Used used(Reader reader, long root) throws FsException {
        return Used.total(reader.get(List.of(), List.of(Keys.usages(root))).values());
    }

    private @Nullable QuotaRecord limitOrFail(long root) throws FsException {
        try {
            return limit(root);
        } catch (MetaException e) {
            throw Failures.of(e);
        }
    }

    private @Nullable QuotaRecord limit(long root) throws FsException, MetaException {
        if (!feedFresh.getAsBoolean() && System.nanoTime() - forgottenAt > UNFRESH_NANOS) {
            lost();
        }
        Optional<QuotaRecord> known = limits.get(root);
        if (known == null) {
            long began = forgottenAt;
            Value value = reader.get(Keys.quota(root));
            known = value == null ? Optional.empty() : Optional.of(QuotaRecord.decode(value.bytes()));
            limits.put(root, known);
            if (began != forgottenAt) {
                // It changed while it was read.
                limits.remove(root);
            }
        }
        return known.orElse(null);
    }

    @Override
    public void changed(Key key) {
        if (Keys.isQuota(key)) {
            lost();
        }
    }

    @Override
    public void lost() {
        forgottenAt = System.nanoTime();
        limits.clear();
    }
}
