package dev.leat.cli.mount;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.cache.BlobCache;
import dev.leat.cache.BlobCaches;
import dev.leat.cache.BufferPool;
import dev.leat.cache.TierSpec;
import dev.leat.cli.volume.TreeSummary;
import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.BlobLease;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewBlob;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.Publication;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.store.OpenStore;
import dev.leat.store.StoreOptions;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import dev.leat.store.blob.BlobStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code info} and {@code summary} tell. */
final class PathFactsTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void filesAndTreesAreDescribed() throws Exception {
        MetaUrl url = MetaUrl.parse("sqlite://" + folder.resolve("v.db"));
        try (MetaEngine engine = MetaEngines.open(url, OpenMode.CREATE)) {
            Volumes.format(engine, VolumeRecord.create("v", "file:///none", Map.of(), 0, 1, "test"));
            try (VolumeFs fs = VolumeFs.mount(engine, MountSpec.of("test"));
                    OpenStore store = Stores.open(
                            StoreUrl.parse("file://" + folder.resolve("store")),
                            StoreOptions.DEFAULT.makingDirectory());
                    BlobCache cache = cache(store);
                    BlobLease blob = fs.newBlob()) {
                long directory = fs.create(MetaFs.ROOT, Name.of("d"), NewNode.directory(0755, 0), Caller.ROOT)
                        .ino();
                fs.create(directory, Name.of("empty"), NewNode.file(0644, 0), Caller.ROOT);
                long ino = fs.create(directory, Name.of("f"), NewNode.file(0644, 0), Caller.ROOT)
                        .ino();
                // A hole of 1,000 bytes before 8,000 bytes from the middle of a blob.
                fs.publish(
                        List.of(new Publication(
                                ino,
                                null,
                                List.of(new Edit.Overlay(1_000, 8_000, blob.id(), 500, 10_000)),
                                null,
                                List.of(new NewBlob(blob.id(), 10_000)),
                                false)),
                        false);
                PathFacts facts = new PathFacts(fs, cache);
                assertThat(facts.info(ino))
                        .containsEntry("type", "file")
                        .containsEntry("sizeBytes", 9_000L)
                        .containsEntry("allocatedBytes", 8_000L)
                        .containsEntry("mode", "0644")
                        .containsEntry("links", 1)
                        .containsEntry("extentCount", 1L)
                        .containsEntry("objectCount", 1)
                        .containsEntry("storedBytes", 8_000L)
                        .containsEntry("cachedBytes", 0L)
                        .containsEntry(
                                "extents",
                                List.of(Map.of(
                                        "offset",
                                        1_000L,
                                        "lengthBytes",
                                        8_000L,
                                        "object",
                                        fs.blobKey(blob.id()),
                                        "objectOffset",
                                        500L,
                                        "objectBytes",
                                        10_000L)));
                fs.create(directory, Name.of("below"), NewNode.directory(0755, 0), Caller.ROOT);
                assertThat(facts.tree(directory, _ -> {}))
                        .containsEntry("type", "directory")
                        .containsEntry("files", 2L)
                        .containsEntry("directories", 2L)
                        .containsEntry("sizeBytes", 9_000L)
                        .containsEntry("allocatedBytes", 8_000L)
                        .containsEntry("inlineFiles", 0L)
                        .containsEntry("extentCount", 1L)
                        .containsEntry("objectCount", 1)
                        .containsEntry("storedBytes", 8_000L)
                        .containsEntry("cachedBytes", 0L);
                assertThat(facts.tree(ino, _ -> {}))
                        .containsEntry("files", 1L)
                        .containsEntry("directories", 0L)
                        .containsEntry("extentCount", 1L);
                fs.rmdir(directory, Name.of("below"), Caller.ROOT);
                assertSummary(fs, directory);
            }
        }
    }

    private BlobCache cache(OpenStore store) throws Exception {
        TierSpec tier = TierSpec.ofCacheDir(folder.resolve("cache").toString(), "64MiB");
        return BlobCaches.open("v", List.of(tier), BlobStore.plain(store.store()), new BufferPool(16 << 20));
    }

    private static void assertSummary(VolumeFs fs, long directory) throws Exception {
        Map<String, Object> shape = Map.of("depth", 1L, "entries", 1L);
        Map<String, Object> file = Map.of(
                "name",
                "f",
                "type",
                "file",
                "files",
                1L,
                "directories",
                0L,
                "sizeBytes",
                9_000L,
                "allocatedBytes",
                8_000L);
        Map<String, Object> others =
                Map.of("count", 1L, "files", 1L, "directories", 0L, "sizeBytes", 0L, "allocatedBytes", 0L);
        assertThat(TreeSummary.of(fs, directory, shape, _ -> {}))
                .containsEntry("files", 2L)
                .containsEntry("directories", 1L)
                .containsEntry("sizeBytes", 9_000L)
                .containsEntry("allocatedBytes", 8_000L)
                .containsEntry("entries", List.of(file))
                .containsEntry("others", others);
    }
}
