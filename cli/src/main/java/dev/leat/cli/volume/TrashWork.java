package dev.leat.cli.volume;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.PacedProgress;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Time;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.trash.TrashBucket;
import dev.leat.meta.trash.TrashItem;
import dev.leat.meta.trash.TrashRestore;
import dev.leat.meta.trash.TrashTree;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What commands do with a volume's trash, in a process of their own or in the daemon of a mount. */
public final class TrashWork {
    /** Things told one by one; all are counted. */
    private static final int ITEMS_MAX = 10_000;

    private final VolumeFs fs;
    private final PacedProgress progress;

    /** Hears what was put back, for whoever remembers that it is not there. */
    @FunctionalInterface
    public interface Restored {
        /** Is under its name again. */
        void restored(TrashItem item);
    }

    /**
     * Work on a volume that is mounted here with its own root.
     *
     * @param progress told {@code files} and {@code filesDone} now and then
     */
    public TrashWork(VolumeFs fs, ControlServer.Progress progress) {
        if (!fs.isWhole()) {
            throw CliException.failed(
                    "this mount shows only a part of its volume (--subdir); name the volume by its metadata URL");
        }
        this.fs = fs;
        this.progress = new PacedProgress(progress);
    }

    /** The buckets and how much is in them. */
    public Map<String, Object> list() throws IOException {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("trashDays", fs.trashDays());
        List<Object> buckets = new ArrayList<>();
        long entries = 0;
        for (TrashBucket bucket : fs.trash().buckets()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("bucket", bucket.name());
            one.put("files", bucket.entries() - bucket.directories());
            one.put("directories", bucket.directories());
            buckets.add(one);
            entries += bucket.entries();
        }
        facts.put("entries", entries);
        facts.put("buckets", buckets);
        return facts;
    }

    /**
     * Deletes for good.
     *
     * @param olderThan only buckets whose hour was over that long ago; null for all
     */
    public Map<String, Object> empty(@Nullable Duration olderThan) throws IOException {
        Instant until = olderThan == null ? null : Clock.systemUTC().instant().minus(olderThan);
        long total = total(fs.trash().buckets());
        long removed = fs.trash().empty(until, () -> false, done -> report(total, done));
        return new LinkedHashMap<>(Map.of("removed", removed));
    }

    /**
     * Puts back, or tells what would be put back.
     *
     * @param names buckets; none for all
     * @param putBack false only to tell
     */
    public Map<String, Object> restore(List<String> names, boolean putBack, Restored restored) throws IOException {
        List<TrashBucket> buckets = chosen(names);
        Sink sink = new Sink(total(buckets), putBack, restored);
        fs.restore(putBack, sink).run(buckets);
        return sink.facts();
    }

    private List<TrashBucket> chosen(List<String> names) throws IOException {
        List<TrashBucket> all = fs.trash().buckets();
        if (names.isEmpty()) {
            return all;
        }
        List<TrashBucket> chosen = new ArrayList<>();
        for (String name : names) {
            Long ino = TrashTree.bucketOf(name);
            if (ino == null) {
                throw CliException.misused("'" + name + "' is no bucket; they are called like 2026-11-21-14, in UTC");
            }
            chosen.add(all.stream()
                    .filter(bucket -> bucket.ino() == ino)
                    .findFirst()
                    .orElseThrow(() -> CliException.failed(
                            "there is no " + name + " in the trash; 'leat trash list' tells what there is")));
        }
        return chosen;
    }

    private static long total(List<TrashBucket> buckets) {
        return buckets.stream().mapToLong(TrashBucket::entries).sum();
    }

    private void report(long total, long done) {
        try {
            progress.report(() -> Map.of("files", total, "filesDone", done));
        } catch (IOException e) {
            throw CliException.failed("stopped, since who asked for it is gone; run it again to go on");
        }
    }

    /** Counts and tells. */
    private final class Sink implements TrashRestore.Listener {
        private final long total;
        private final boolean putBack;
        private final Restored hears;
        private final List<Object> items = new ArrayList<>();
        private long files;
        private long directories;
        private long bytes;
        private long kept;

        Sink(long total, boolean putBack, Restored hears) {
            this.total = total;
            this.putBack = putBack;
            this.hears = hears;
        }

        @Override
        public void restored(TrashItem item, String path) throws FsException {
            if (item.isDirectory()) {
                directories++;
            } else {
                files++;
                bytes += item.sizeBytes();
            }
            if (putBack) {
                hears.restored(item);
            } else {
                tell(item, path, null);
            }
            report(total, files + directories + kept);
        }

        @Override
        public void kept(TrashItem item, String path, String why) {
            kept++;
            tell(item, path, why);
            report(total, files + directories + kept);
        }

        private void tell(TrashItem item, String path, @Nullable String why) {
            if (items.size() == ITEMS_MAX) {
                return;
            }
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("path", path);
            one.put("bucket", item.bucket().name());
            one.put("entry", item.entry().toString());
            one.put("type", item.type().name().toLowerCase(java.util.Locale.ROOT));
            one.put("sizeBytes", item.sizeBytes());
            Time at = item.removedAt();
            one.put("removed", Instant.ofEpochSecond(at.seconds(), at.nanos()).toString());
            one.put("why", why);
            items.add(one);
        }

        Map<String, Object> facts() {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("putBack", putBack);
            facts.put("files", files);
            facts.put("directories", directories);
            facts.put("bytes", bytes);
            facts.put("kept", kept);
            facts.put("items", items);
            return facts;
        }
    }
}
