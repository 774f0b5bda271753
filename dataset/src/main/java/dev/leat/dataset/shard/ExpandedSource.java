package dev.leat.dataset.shard;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreMetrics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A source whose shards are shown as directories of their members, as far as they have an index ({@link ShardIndex}); members are
 * read by range where they lie. A member's version is its shard's, so that a shard that is replaced is another version of all
 * its members.
 *
 * <p>Concurrency: the few indexes that are remembered are guarded by a lock, which nobody holds while asking the source.
 */
public final class ExpandedSource implements Source {
    private static final Logger log = LoggerFactory.getLogger(ExpandedSource.class);

    /** Indexes in memory at a time; one of 50,000 members takes about 10 MiB. */
    private static final int REMEMBERED = 8;

    /** Shards that are known to have no index, until their directory is listed again. */
    private static final int PLAIN_REMEMBERED = 10_000;

    private final Source source;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Opened> opened = new LinkedHashMap<>(16, 0.75f, true); // guarded by lock
    private final Map<String, Boolean> plain = new LinkedHashMap<>(); // guarded by lock; shards without an index
    private final Set<String> complained = new HashSet<>(); // guarded by lock

    /**
     * A shard and its members.
     *
     * @param facts the shard's own
     */
    private record Opened(Facts facts, MemberTree members) {}

    /** A path in a shard. */
    private record Inside(String shard, String path) {}

    /** Shows {@code source}, which is closed with it. */
    public ExpandedSource(Source source) {
        this.source = source;
    }

    /** Another one than the source's own: under the same paths there are other files. */
    @Override
    public String location() {
        return source.location() + " (expanded)";
    }

    @Override
    public String kind() {
        return source.kind();
    }

    /** The shard that a path leads into: the first file of its name that has an index; null if there is none. */
    private @Nullable Inside inside(String path) throws StoreException {
        for (int slash = path.indexOf('/'); ; slash = path.indexOf('/', slash + 1)) {
            String upTo = slash < 0 ? path : path.substring(0, slash);
            String name = upTo.substring(upTo.lastIndexOf('/') + 1);
            if (ShardFormat.ofName(name) != null && open(upTo, false) != null) {
                return new Inside(upTo, slash < 0 ? "" : path.substring(slash + 1));
            }
            if (slash < 0) {
                return null;
            }
        }
    }

    private Opened opened(String shard) throws StoreException {
        Opened known = open(shard, false);
        if (known == null) {
            throw new StoreException(
                    Kind.NOT_FOUND, shard + " in " + source.location() + " is no shard with an index any more");
        }
        return known;
    }

    /**
     * A shard's members.
     *
     * @param anew whether to ask if the shard is still the one that is remembered
     * @return null if it cannot be expanded
     */
    private @Nullable Opened open(String shard, boolean anew) throws StoreException {
        Opened known;
        lock.lock();
        try {
            known = opened.get(shard);
            if (!anew && known == null && plain.containsKey(shard)) {
                return null;
            }
        } finally {
            lock.unlock();
        }
        if (known != null && !anew) {
            return known;
        }
        Facts now;
        try {
            now = source.facts(shard);
            if (known != null && String.valueOf(now.validator()).equals(known.facts.validator())) {
                return known;
            }
            known = now.kind() == EntryKind.FILE ? read(shard, now) : null;
        } catch (StoreException e) {
            if (e.kind() != Kind.NOT_FOUND) {
                throw e;
            }
            known = null;
        }
        lock.lock();
        try {
            if (known == null) {
                opened.remove(shard);
                plain.put(shard, true);
                if (plain.size() > PLAIN_REMEMBERED) {
                    plain.remove(plain.keySet().iterator().next());
                }
            } else {
                plain.remove(shard);
                opened.put(shard, known);
                if (opened.size() > REMEMBERED) {
                    opened.remove(opened.keySet().iterator().next());
                }
            }
        } finally {
            lock.unlock();
        }
        return known;
    }

    private @Nullable Opened read(String shard, Facts facts) throws StoreException {
        ShardIndex index;
        try {
            index = ShardIndex.read(StoreText.read(source, shard + ShardIndex.EXTENSION));
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            complain(shard, "its index cannot be read (" + e.getMessage() + ")");
            return null;
        }
        if (!IndexProbe.fits(source, shard, facts, index)) {
            complain(shard, "its index is of another shard; 'leat shard index' writes a new one");
            return null;
        }
        return new Opened(facts, new MemberTree(index));
    }

    private void complain(String shard, String why) {
        boolean first;
        lock.lock();
        try {
            first = complained.add(shard);
        } finally {
            lock.unlock();
        }
        if (first) {
            log.warn("{} in {} is shown as a file: {}", shard, source.location(), why);
        }
    }

    @Override
    public void list(String directory, Sink sink) throws StoreException {
        Inside inside = directory.isEmpty() ? null : inside(directory);
        if (inside != null) {
            Opened shard = opened(inside.shard);
            for (Map.Entry<String, ShardIndex.@Nullable Member> entry :
                    shard.members.list(inside.path).entrySet()) {
                if (!sink.take(new SourceEntry(entry.getKey(), facts(shard, entry.getValue())))) {
                    return;
                }
            }
            return;
        }
        // Whether a shard has an index is known when all names are: only those two kinds wait for that.
        Map<String, SourceEntry> shards = new LinkedHashMap<>();
        Map<String, SourceEntry> indexes = new LinkedHashMap<>();
        boolean[] more = {true};
        source.list(directory, entry -> {
            String name = entry.name();
            if (entry.facts().kind() == EntryKind.FILE && name.endsWith(ShardIndex.EXTENSION)) {
                indexes.put(name, entry);
            } else if (entry.facts().kind() == EntryKind.FILE && ShardFormat.ofName(name) != null) {
                shards.put(name, entry);
            } else {
                more[0] = sink.take(entry);
            }
            return more[0];
        });
        String start = directory.isEmpty() ? "" : directory + "/";
        for (SourceEntry shard : shards.values()) {
            SourceEntry index = indexes.get(shard.name() + ShardIndex.EXTENSION);
            boolean expanded = more[0] && index != null && open(start + shard.name(), true) != null;
            if (expanded) {
                indexes.remove(shard.name() + ShardIndex.EXTENSION);
            }
            more[0] = more[0]
                    && sink.take(
                            expanded
                                    ? new SourceEntry(
                                            shard.name(),
                                            Facts.directory(shard.facts().modifiedEpochMs()))
                                    : shard);
        }
        for (SourceEntry index : indexes.values()) {
            more[0] = more[0] && sink.take(index);
        }
    }

    private static Facts facts(Opened shard, ShardIndex.@Nullable Member member) {
        long modified = shard.facts.modifiedEpochMs();
        return member == null
                ? Facts.directory(modified)
                : Facts.file(member.sizeBytes(), modified, shard.facts.validator());
    }

    @Override
    public Facts facts(String path) throws StoreException {
        Inside inside = path.isEmpty() ? null : inside(path);
        if (inside == null) {
            return source.facts(path);
        }
        Opened shard = open(inside.shard, true);
        if (shard == null) {
            return facts(path);
        }
        return facts(shard, inside.path.isEmpty() ? null : shard.members.find(inside.path));
    }

    @Override
    public void read(String path, Facts version, long offset, ByteBuffer destination) throws StoreException {
        Inside inside = inside(path);
        if (inside == null) {
            source.read(path, version, offset, destination);
            return;
        }
        Opened shard = opened(inside.shard);
        ShardIndex.Member member = shard.members.find(inside.path);
        boolean same = String.valueOf(shard.facts.validator()).equals(version.validator());
        if (!same || member == null || member.sizeBytes() != version.sizeBytes()) {
            throw new StoreException(
                    Kind.PRECONDITION_FAILED, path + " in " + source.location() + " is another version by now");
        }
        source.read(inside.shard, shard.facts, member.offset() + offset, destination);
    }

    @Override
    public StoreMetrics metrics() {
        return source.metrics();
    }

    @Override
    public long retries() {
        return source.retries();
    }

    @Override
    public long refusedRetries() {
        return source.refusedRetries();
    }

    @Override
    public void close() {
        source.close();
    }
}
