package dev.leat.meta.trash;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.Client;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.record.DirParent;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Failures;
import dev.leat.sys.Errno;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts back what was removed, under the names it had: one rename for each, so that it may stop anywhere and be begun again. A directory that was removed too
 * comes back before what was in it, from whatever bucket it is in. What has another file in its place stays where it is. Of several
 * files that had one name the one comes back that was removed last.
 *
 * <p>Concurrency: one thread per restore.
 */
public final class TrashRestore {
    private static final int PAGE = 1_000;

    /** Entries of one directory that are compared with each other: about 30 MB. */
    private static final int GROUP_MAX = 100_000;

    private final Client client;
    private final TrashBin bin;
    private final TrashDoor door;
    private final Listener listener;
    private final boolean putBack;

    /** What a dry run has given away of the bucket that it is at. */
    private final Set<String> claimed = new HashSet<>();

    /** Hears what becomes of each. */
    public interface Listener {
        /** Was put back, or could be. */
        void restored(TrashItem item, String path) throws FsException;

        /** Stays in the trash. */
        void kept(TrashItem item, String path, String why) throws FsException;
    }

    /**
     * A restore to be made.
     *
     * @param putBack false only to tell what would happen
     */
    public TrashRestore(Client client, TrashBin bin, TrashDoor door, boolean putBack, Listener listener) {
        this.client = client;
        this.bin = bin;
        this.door = door;
        this.putBack = putBack;
        this.listener = listener;
    }

    /** Puts back what is in some buckets, that of the last hour first. */
    public void run(List<TrashBucket> buckets) throws FsException {
        if (putBack) {
            client.transactions().requireWritable();
        }
        List<TrashBucket> latest = new ArrayList<>(buckets);
        latest.sort(Comparator.comparingLong(TrashBucket::ino).reversed());
        for (TrashBucket bucket : latest) {
            bucket(bucket);
        }
    }

    private void bucket(TrashBucket bucket) throws FsException {
        List<TrashItem> group = new ArrayList<>();
        claimed.clear();
        Name after = null;
        while (true) {
            List<TrashItem> page = bin.items(bucket, after, PAGE);
            for (TrashItem item : page) {
                after = item.entry();
                if (!group.isEmpty() && (group.getFirst().parent() != item.parent() || group.size() == GROUP_MAX)) {
                    group(group);
                    group.clear();
                }
                group.add(item);
            }
            if (page.size() < PAGE) {
                break;
            }
        }
        group(group);
    }

    /** Things that were removed from one directory. */
    private void group(List<TrashItem> group) throws FsException {
        if (group.isEmpty()) {
            return;
        }
        long parent = group.getFirst().parent();
        Obstacle obstacle = new Obstacle();
        String above = reach(parent, obstacle);
        group.sort(Comparator.comparing(TrashItem::removedAt).reversed());
        for (TrashItem item : group) {
            String path = above + "/" + item.name();
            String why = obstacle.why;
            if (why == null) {
                why = one(item);
            }
            if (why == null) {
                listener.restored(item, path);
            } else if (stillThere(item)) {
                listener.kept(item, path, why);
            }
        }
    }

    /** Whether it was not put back on the way, as the directory of something else, or removed by somebody. */
    private boolean stillThere(TrashItem item) throws FsException {
        return client.reader().get(Keys.entry(item.bucket().ino(), item.entry())) != null;
    }

    private @Nullable String one(TrashItem item) throws FsException {
        if (putBack) {
            return move(item.bucket().ino(), item.entry(), item.parent(), item.name());
        }
        boolean taken = client.reader().get(Keys.entry(item.parent(), item.name())) != null;
        return taken || !claimed.add(item.parent() + "/" + item.name()) ? "there is something of that name" : null;
    }

    /** Puts one thing back; null if that was done, else why not. */
    private @Nullable String move(long bucket, Name entry, long parent, Name name) throws FsException {
        try {
            door.putBack(bucket, entry, parent, name);
            return null;
        } catch (FsException e) {
            return switch (e.errno()) {
                case Errno.EEXIST -> "there is something of that name";
                case Errno.EDQUOT -> "the quota of its directory is used up";
                case Errno.ENOENT -> "its directory was removed in this moment";
                case Errno.EPERM -> "the name is not allowed there";
                default -> throw e;
            };
        }
    }

    /**
     * Makes sure that a directory is there, by putting it back with all above it that were removed.
     *
     * @param obstacle told why that cannot be done
     * @return its path
     */
    private String reach(long directory, Obstacle obstacle) throws FsException {
        Deque<Removed> removed = new ArrayDeque<>();
        long at = directory;
        while (true) {
            Value value = at == 0 ? null : client.reader().get(Keys.dir(at));
            if (value == null) {
                obstacle.why = "the directory it was in does not exist any more";
                return "?" + below(removed);
            }
            Removed next = removed(at, value);
            if (next == null) {
                break;
            }
            removed.push(next);
            at = next.origin;
        }
        StringBuilder path = new StringBuilder(path(at));
        for (Removed next : removed) {
            path.append('/').append(next.name);
            if (obstacle.why == null) {
                obstacle.why = back(next, path.toString());
            }
        }
        return path.toString();
    }

    private @Nullable String back(Removed directory, String path) throws FsException {
        String why;
        if (putBack) {
            why = move(directory.bucket, directory.entry, directory.origin, directory.name);
        } else {
            boolean taken = client.reader().get(Keys.entry(directory.origin, directory.name)) != null;
            why = taken ? "there is something of that name" : null;
        }
        if (why != null) {
            return "its directory " + path + " cannot be put back: " + why;
        }
        if (putBack) {
            restoredDirectory(directory, path);
        }
        return null;
    }

    private void restoredDirectory(Removed directory, String path) throws FsException {
        TrashBucket bucket = new TrashBucket(
                directory.bucket, TrashTree.bucketName(directory.bucket).toString(), 0, 0);
        listener.restored(
                new TrashItem(
                        bucket,
                        directory.entry,
                        directory.ino,
                        FileType.DIRECTORY,
                        0,
                        client.now(),
                        directory.origin,
                        directory.name),
                path);
    }

    /** Where a removed directory lies and came from; null for one that was not removed. */
    private @Nullable Removed removed(long directory, Value value) throws FsException {
        try {
            if (!DirRecord.decode(value.bytes()).inTrash()) {
                return null;
            }
            Value parent = client.reader().get(Keys.dirParent(directory));
            DirParent place = parent == null ? null : DirParent.decode(parent.bytes());
            if (place == null || place.name() == null) {
                return null;
            }
            TrashTree.Origin origin = TrashTree.origin(place.name());
            Value whole = client.reader().get(Keys.trashedName(directory));
            if (origin == null) {
                return null;
            }
            Name name = whole == null ? origin.name() : Name.of(whole.bytes());
            return new Removed(directory, place.parent(), place.name(), origin.parent(), name);
        } catch (MetaException e) {
            throw Failures.of(e);
        }
    }

    private static String below(Deque<Removed> removed) {
        StringBuilder path = new StringBuilder();
        removed.forEach(next -> path.append('/').append(next.name));
        return path.toString();
    }

    /** The path of a directory that has one; that of the root is empty. */
    private String path(long directory) throws FsException {
        if (directory == MetaFs.ROOT) {
            return "";
        }
        Deque<String> names = new ArrayDeque<>();
        try {
            for (long at = directory; at != MetaFs.ROOT; ) {
                Value value = client.reader().get(Keys.dirParent(at));
                DirParent place = value == null ? null : DirParent.decode(value.bytes());
                if (place == null || place.name() == null) {
                    names.push("?");
                    break;
                }
                names.push(place.name().toString());
                at = place.parent();
            }
        } catch (MetaException e) {
            throw Failures.of(e);
        }
        return "/" + String.join("/", names);
    }

    /** A directory in the trash. */
    private record Removed(long ino, long bucket, Name entry, long origin, Name name) {}

    /** Why nothing in a directory can be put back, if that is so. */
    private static final class Obstacle {
        private @Nullable String why;
    }
}
