package dev.leat.dataset.shard;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.web.Json;
import dev.leat.store.ListPage;
import dev.leat.store.ObjectStore;
import dev.leat.store.PendingUpload;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Packs the files of a source into shards. Which file lies where depends only on the names, the lengths and the settings, and
 * so do the shards' bytes. A shard is seen when it is whole; its index says what it was made from, so that packing again does
 * what is not done yet, and what has changed.
 *
 * <p>Concurrency: one thread walks the source and plans; each planned shard is written by a thread of its own, of which there
 * are so many at a time as the settings say.
 */
public final class Packing {
    /** Files in a shard at most: the plans of the shards in work stay in memory. */
    static final int FILES_MAX = 50_000;

    private static final int FORM = 1;
    private static final JsonFactory JSON = new JsonFactory();

    private final Source source;
    private final ObjectStore target;
    private final Settings settings;
    private final Observer observer;
    private final Deque<ShardWriter> idle = new ConcurrentLinkedDeque<>();
    private final Map<String, Done> done = new ConcurrentSkipListMap<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /**
     * How to pack.
     *
     * @param format of the shards
     * @param sizeBytes length that a shard does not go beyond, unless a single sample does
     * @param name what the shards' names begin with
     * @param threads shards that are written at a time; each takes about 20 MiB of memory
     */
    public record Settings(ShardFormat format, long sizeBytes, String name, int threads) {
        /** Checks the values. */
        public Settings {
            if (sizeBytes < 1 || threads < 1) {
                throw new IllegalArgumentException("a shard has at least 1 byte, and 1 thread writes it");
            }
            if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
                throw new IllegalArgumentException(
                        "'" + name + "' is no name for shards: letters, digits, dots, dashes and underscores");
            }
        }
    }

    /** Is told how far it is. */
    public interface Observer {
        /** So many bytes of files were written. */
        void bytes(long more);

        /** A shard is whole, or was whole already. */
        void shard(String name, int files, boolean packed);
    }

    /** A shard that is whole. */
    private record Done(long sizeBytes, long samples, int files, String sha256, long contentBytes, boolean packed) {}

    /**
     * What came of it.
     *
     * @param shards all shards
     * @param packed those that were not whole before
     * @param samples samples in all shards
     * @param files files in all shards
     * @param bytes bytes of those files
     * @param unseenByLoaders files that WebDataset's loader passes over, as they have no extension or are hidden
     * @param links symbolic links, which were left out
     */
    public record Report(
            int shards, int packed, long samples, long files, long bytes, long unseenByLoaders, long links) {}

    /** From a source into a store, which holds nothing else. */
    public Packing(Source source, ObjectStore target, Settings settings, Observer observer) {
        this.source = source;
        this.target = target;
        this.settings = settings;
        this.observer = observer;
    }

    /**
     * Packs.
     *
     * @throws StoreException of one line; what is whole by then stays, and is not packed again
     */
    public Report run() throws StoreException, InterruptedException {
        begin();
        SampleWalk walk = new SampleWalk(source);
        Semaphore turns = new Semaphore(settings.threads());
        List<Thread> writers = new ArrayList<>();
        Planner planner = new Planner(plan -> start(plan, turns, writers));
        try {
            walk.walk(planner::take);
            planner.end();
        } finally {
            if (Thread.currentThread().isInterrupted()) {
                writers.forEach(Thread::interrupt);
            }
            for (Thread writer : writers) {
                writer.join();
            }
        }
        throwFailure();
        if (done.isEmpty()) {
            throw new StoreException(Kind.NOT_FOUND, "there are no files in " + source.location());
        }
        removeStale();
        put(manifestKey(), manifest(true));
        return report(walk);
    }

    private Report report(SampleWalk walk) {
        long samples = 0;
        long files = 0;
        long bytes = 0;
        int packed = 0;
        for (Done one : done.values()) {
            samples += one.samples;
            files += one.files;
            bytes += one.contentBytes;
            packed += one.packed ? 1 : 0;
        }
        return new Report(done.size(), packed, samples, files, bytes, walk.unseen(), walk.links());
    }

    private void throwFailure() throws StoreException, InterruptedException {
        switch (failure.get()) {
            case null -> {}
            case StoreException e -> throw new StoreException(e.kind(), String.valueOf(e.getMessage()), e);
            case InterruptedException e -> throw e;
            case Throwable e -> throw new IllegalStateException("a shard could not be written", e);
        }
    }

    private void start(ShardPlan plan, Semaphore turns, List<Thread> writers)
            throws StoreException, InterruptedException {
        turns.acquire();
        throwFailure();
        writers.removeIf(writer -> !writer.isAlive());
        writers.add(Thread.ofPlatform().name("shard-write").daemon(true).start(() -> {
            try {
                done.put(plan.name(), pack(plan));
            } catch (StoreException | InterruptedException | RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            } finally {
                turns.release();
            }
        }));
    }

    private Done pack(ShardPlan plan) throws StoreException, InterruptedException {
        ShardIndex index = whole(plan);
        boolean packed = index == null;
        if (index == null) {
            ShardWriter writer = idle.poll();
            if (writer == null) {
                writer = new ShardWriter(source, target, settings.format(), observer::bytes);
            }
            index = writer.write(plan);
            idle.push(writer);
        } else {
            observer.bytes(plan.contentBytes());
        }
        observer.shard(plan.name(), plan.files(), packed);
        return new Done(index.sizeBytes(), index.samples(), plan.files(), index.sha256(), plan.contentBytes(), packed);
    }

    /** The index of the shard if that is what the plan would give; null if it has to be packed. */
    private @Nullable ShardIndex whole(ShardPlan plan) throws StoreException {
        try {
            ShardIndex index = ShardIndex.read(StoreText.read(target, plan.name() + ShardIndex.EXTENSION));
            boolean same = plan.digest(settings.format()).equals(index.plan())
                    && target.head(plan.name()).sizeBytes() == index.sizeBytes();
            return same ? index : null;
        } catch (StoreException e) {
            if (e.kind() == Kind.NOT_FOUND) {
                return null;
            }
            throw e;
        } catch (IOException e) {
            // An index that cannot be read says nothing.
            return null;
        }
    }

    /** Cuts the stream of samples into shards. */
    private final class Planner {
        /** Takes plans. */
        private interface Taker {
            void take(ShardPlan plan) throws StoreException, InterruptedException;
        }

        private final Taker taker;
        private final Layout layout = Layout.of(settings.format());
        private List<Sample> samples = new ArrayList<>();
        private long bytes = layout.endBytes();
        private int files;
        private int number;

        Planner(Taker taker) {
            this.taker = taker;
        }

        void take(Sample sample) throws StoreException, InterruptedException {
            long more = layout.sizeBytes(sample);
            int moreFiles = sample.members().size();
            if (!samples.isEmpty() && (bytes + more > settings.sizeBytes() || files + moreFiles > FILES_MAX)) {
                end();
            }
            samples.add(sample);
            bytes += more;
            files += moreFiles;
        }

        void end() throws StoreException, InterruptedException {
            if (samples.isEmpty()) {
                return;
            }
            taker.take(new ShardPlan(shardName(number++), samples, bytes));
            samples = new ArrayList<>();
            bytes = layout.endBytes();
            files = 0;
        }
    }

    private String shardName(int number) {
        return String.format(
                Locale.ROOT,
                "%s-%06d%s",
                settings.name(),
                number,
                settings.format().extension());
    }

    // The manifest.

    private String manifestKey() {
        return settings.name() + ".json";
    }

    /** Claims the place, or finds that it was claimed for the same. */
    private void begin() throws StoreException {
        byte[] text;
        try {
            text = StoreText.read(target, manifestKey());
        } catch (StoreException e) {
            if (e.kind() != Kind.NOT_FOUND) {
                throw e;
            }
            ListPage page = target.list(settings.name() + "-", null, null, 1);
            if (!page.objects().isEmpty()) {
                throw new StoreException(
                        Kind.INVALID,
                        target.location() + " has a "
                                + page.objects().getFirst().key()
                                + " that was not packed here: give --name or another place");
            }
            put(manifestKey(), manifest(false));
            return;
        }
        Map<String, String> before = new TreeMap<>();
        try {
            Json packed = Json.read(text).at("packed");
            settings().keySet().forEach(name -> before.put(name, packed.at(name).text("")));
        } catch (IOException e) {
            throw new StoreException(
                    Kind.INVALID, target.location() + " has a " + manifestKey() + " that is no manifest of shards", e);
        }
        if (!before.equals(settings())) {
            throw new StoreException(
                    Kind.INVALID,
                    target.location() + " holds shards of " + before + ", not of " + settings()
                            + ": give --name, another place, or remove them");
        }
        // What was begun when a packing was killed.
        for (PendingUpload upload : target.pendingUploads(settings.name() + "-")) {
            target.abort(upload);
        }
        put(manifestKey(), manifest(false));
    }

    private Map<String, String> settings() {
        Map<String, String> all = new TreeMap<>();
        all.put("format", settings.format().word());
        all.put("size", Long.toString(settings.sizeBytes()));
        all.put("source", source.location());
        return all;
    }

    /** Readable by WebDataset's own index reader (wids), which wants {@code shardlist}, {@code url} and {@code nsamples}. */
    private byte[] manifest(boolean complete) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeStringField("__kind__", "wids-shard-index-v1");
            json.writeNumberField("wids_version", 1);
            json.writeNumberField("leat-shards", FORM);
            json.writeStringField("name", settings.name());
            json.writeBooleanField("complete", complete);
            json.writeObjectFieldStart("packed");
            for (Map.Entry<String, String> entry : settings().entrySet()) {
                json.writeStringField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
            json.writeArrayFieldStart("shardlist");
            for (Map.Entry<String, Done> entry :
                    complete ? done.entrySet() : Map.<String, Done>of().entrySet()) {
                json.writeStartObject();
                json.writeStringField("url", entry.getKey());
                json.writeNumberField("nsamples", entry.getValue().samples());
                json.writeNumberField("filesize", entry.getValue().sizeBytes());
                json.writeNumberField("files", entry.getValue().files());
                json.writeStringField("sha256", entry.getValue().sha256());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeRaw('\n');
        } catch (IOException e) {
            throw new IllegalStateException("memory took no text", e);
        }
        return out.toByteArray();
    }

    private void put(String key, byte[] text) throws StoreException {
        target.put(key, ByteBuffer.wrap(text), PutCondition.ALWAYS);
    }

    /** Removes shards beyond the last one, from a time when the source had more. */
    private void removeStale() throws StoreException {
        for (int number = done.size(); ; number++) {
            String name = shardName(number);
            ListPage page = target.list(name, null, null, 2);
            if (page.objects().isEmpty()) {
                return;
            }
            target.delete(List.of(name, name + ShardIndex.EXTENSION));
        }
    }
}
