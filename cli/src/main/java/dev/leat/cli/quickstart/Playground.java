package dev.leat.cli.quickstart;

import dev.leat.cli.CliException;
import dev.leat.cli.files.Trees;
import dev.leat.cli.output.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a quickstart: metadata, store, cache, mount point, and the same files outside of Leat to compare with.
 *
 * @param top the directory
 */
record Playground(Path top) {
    private static final String MARKER = "quickstart.json";

    Path metadata() {
        return top.resolve("meta.db");
    }

    Path store() {
        return top.resolve("store");
    }

    Path cache() {
        return top.resolve("cache");
    }

    Path mountPoint() {
        return top.resolve("mnt");
    }

    Path local() {
        return top.resolve("local");
    }

    String volumeUrl() {
        return "sqlite://" + metadata();
    }

    /** Whether an earlier run finished writing this data set here. */
    boolean holds(TrainingSet set) throws IOException {
        Path marker = top.resolve(MARKER);
        if (!Files.exists(marker)) {
            return false;
        }
        @Nullable Object facts = Json.read(Files.readString(marker));
        return facts instanceof Map<?, ?> map
                && Boolean.TRUE.equals(map.get("complete"))
                && Long.valueOf(set.images()).equals(map.get("images"))
                && Long.valueOf(set.shards()).equals(map.get("shards"))
                && Long.valueOf(set.seed()).equals(map.get("seed"));
    }

    /** Notes what is written here, and whether all of it. */
    void note(TrainingSet set, boolean complete) throws IOException {
        Files.writeString(
                top.resolve(MARKER),
                Json.pretty(new java.util.TreeMap<>(Map.of(
                                "complete", complete,
                                "images", set.images(),
                                "shards", set.shards(),
                                "seed", set.seed())))
                        + "\n");
    }

    /** Refuses a directory that holds somebody's files. */
    void claim() throws IOException {
        Files.createDirectories(top);
        if (Files.exists(top.resolve(MARKER))) {
            return;
        }
        try (Stream<Path> inside = Files.list(top)) {
            if (inside.findAny().isPresent()) {
                throw CliException.failed(
                        top + " is not empty and was not made by quickstart; name an empty or new directory");
            }
        }
    }

    /** Removes what an earlier run made; nothing may be mounted. */
    void clear() throws IOException {
        for (String name : new String[] {"meta.db", "meta.db-wal", "meta.db-shm"}) {
            Files.deleteIfExists(top.resolve(name));
        }
        for (Path tree : new Path[] {store(), cache(), local(), mountPoint()}) {
            Trees.remove(tree);
        }
    }

    /** Removes everything that the cache keeps; nothing may be mounted. */
    void emptyCache() throws IOException {
        Trees.remove(cache());
    }
}
