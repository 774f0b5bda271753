package dev.leat.dataset.shard;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.dataset.web.Json;
import dev.leat.store.Keys;
import dev.leat.store.ObjectStore;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** The shards that lie in a source already: finds, indexes and verifies them. */
public final class Shards {
    private final Source source;
    private final int threads;
    private final LongConsumer progress;
    private final Deque<ByteBuffer> idle = new ConcurrentLinkedDeque<>();
    private final List<String> shards = new ArrayList<>();
    private final Set<String> indexes = new HashSet<>();
    private final List<String> manifests = new ArrayList<>();

    /**
     * What is known of a shard.
     *
     * @param shard its path in the source
     * @param indexed whether there is an index, to say what its members should be
     * @param samples samples or records in it
     * @param members files in it; records where it holds no files
     * @param sizeBytes its length
     * @param problems what is wrong, one line each; empty if nothing is
     */
    public record Check(
            String shard, boolean indexed, long samples, long members, long sizeBytes, List<String> problems) {}

    /**
     * Of a source.
     *
     * @param threads shards that are read at a time; each takes 4 MiB of memory
     * @param progress takes bytes as they are read
     */
    public Shards(Source source, int threads, LongConsumer progress) {
        this.source = source;
        this.threads = threads;
        this.progress = progress;
    }

    /**
     * Finds the shards.
     *
     * @param only the one whose path this is; null for all
     * @return how many there are
     */
    public int find(@Nullable String only) throws StoreException {
        Deque<String> waiting = new ArrayDeque<>(List.of(""));
        while (!waiting.isEmpty()) {
            String directory = waiting.removeFirst();
            String start = directory.isEmpty() ? "" : directory + "/";
            List<SourceEntry> entries = new ArrayList<>();
            source.list(directory, entries::add);
            for (SourceEntry entry : entries) {
                String path = start + entry.name();
                if (entry.facts().kind() == EntryKind.DIRECTORY) {
                    Directories.add(waiting, path, source);
                } else if (path.endsWith(ShardIndex.EXTENSION)) {
                    indexes.add(path);
                } else if (path.endsWith(".json")) {
                    manifests.add(path);
                } else if (ShardFormat.ofName(entry.name()) != null && (only == null || only.equals(path))) {
                    shards.add(path);
                }
            }
        }
        shards.sort(Keys.ORDER);
        manifests.sort(Keys.ORDER);
        if (only != null) {
            // A single shard says nothing about the others.
            manifests.clear();
        }
        return shards.size();
    }

    /** Bytes of all shards that were found. */
    public long bytes() throws StoreException, InterruptedException {
        List<Long> sizes = Collections.synchronizedList(new ArrayList<>());
        Parallel.each(shards, 16, shard -> sizes.add(source.facts(shard).sizeBytes()));
        return sizes.stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Writes an index for each shard.
     *
     * @param target where it goes, under the shard's path
     * @param taker is told of each shard; one with problems gets no index
     */
    public void index(ObjectStore target, Consumer<Check> taker) throws StoreException, InterruptedException {
        Parallel.each(shards, threads, shard -> {
            Facts facts = source.facts(shard);
            ShardFormat format = format(shard);
            ByteBuffer window = window();
            ShardInput in = new ShardInput(source, shard, facts, window, progress);
            ShardScan scan = ShardScan.of(format, in, null);
            scan.run();
            String sha256 = in.sha256();
            idle.push(window);
            if (scan.problems().isEmpty()) {
                ShardIndex index = new ShardIndex(
                        shard.substring(shard.lastIndexOf('/') + 1),
                        format,
                        facts.sizeBytes(),
                        sha256,
                        null,
                        scan.samples(),
                        scan.found());
                target.put(shard + ShardIndex.EXTENSION, ByteBuffer.wrap(index.text()), PutCondition.ALWAYS);
            }
            taker.accept(check(shard, false, scan, facts, scan.problems()));
        });
    }

    private ByteBuffer window() {
        ByteBuffer window = idle.poll();
        return window == null ? ShardInput.room() : window;
    }

    private static ShardFormat format(String shard) {
        ShardFormat format = ShardFormat.ofName(shard);
        if (format == null) {
            throw new IllegalStateException(shard + " is no shard");
        }
        return format;
    }

    private static Check check(String shard, boolean indexed, ShardScan scan, Facts facts, List<String> problems) {
        return new Check(shard, indexed, scan.samples(), scan.found().size(), facts.sizeBytes(), problems);
    }

    /**
     * Reads all shards and holds them against their checksums, indexes and manifests.
     *
     * @param taker is told of each shard
     */
    public void verify(Consumer<Check> taker) throws StoreException, InterruptedException {
        Parallel.each(shards, threads, shard -> taker.accept(verify(shard)));
        for (String manifest : manifests) {
            List<String> problems = missing(manifest);
            if (!problems.isEmpty()) {
                taker.accept(new Check(manifest, true, 0, 0, 0, problems));
            }
        }
    }

    private Check verify(String shard) throws StoreException {
        Facts facts = source.facts(shard);
        List<String> problems = new ArrayList<>();
        ShardIndex index = null;
        boolean indexed = indexes.contains(shard + ShardIndex.EXTENSION);
        if (indexed) {
            try {
                index = ShardIndex.read(StoreText.read(source, shard + ShardIndex.EXTENSION));
            } catch (StoreException e) {
                throw e;
            } catch (IOException e) {
                problems.add("its index cannot be read: " + e.getMessage());
            }
        }
        ByteBuffer window = window();
        ShardInput in = new ShardInput(source, shard, facts, window, progress);
        ShardScan scan = ShardScan.of(format(shard), in, index);
        scan.run();
        String sha256 = in.sha256();
        idle.push(window);
        problems.addAll(scan.problems());
        if (index != null && index.sizeBytes() != facts.sizeBytes()) {
            problems.add("it has " + facts.sizeBytes() + " bytes, the index says " + index.sizeBytes());
        }
        if (index != null && problems.isEmpty() && !index.sha256().equals(sha256)) {
            problems.add("bytes outside of its members are others than those that were indexed (SHA-256)");
        }
        return check(shard, indexed, scan, facts, problems);
    }

    /** What a manifest has and the source has not. */
    private List<String> missing(String manifest) throws StoreException {
        Json json;
        try {
            json = Json.read(StoreText.read(source, manifest));
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            return List.of();
        }
        if (json.at("leat-shards").number(0) != 1) {
            return List.of();
        }
        if (!"true".equals(json.at("complete").text())) {
            return List.of("the packing did not end: 'leat shard pack' goes on with it");
        }
        String folder = manifest.substring(0, manifest.lastIndexOf('/') + 1);
        Set<String> there = new TreeSet<>(shards);
        List<String> problems = new ArrayList<>();
        for (Json shard : json.at("shardlist").list()) {
            String path = folder + shard.at("url").text("");
            if (!there.contains(path)) {
                problems.add(path + " is missing");
            } else if (source.facts(path).sizeBytes() != shard.at("filesize").number(-1)) {
                problems.add(path + " has another length than the manifest says");
            }
        }
        if (problems.size() > 1) {
            return List.of(
                    problems.size() + " shards are missing or have another length, the first: " + problems.getFirst());
        }
        return problems;
    }

    /** What cannot be done with nothing. */
    public static StoreException none(Source source) {
        return new StoreException(
                Kind.NOT_FOUND,
                "there are no shards in " + source.location() + ": their names end in .tar or .tfrecord");
    }
}
