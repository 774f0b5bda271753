package dev.leat.dataset.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.dataset.manifest.ManifestEntry;
import dev.leat.dataset.manifest.ManifestException;
import dev.leat.dataset.manifest.ManifestReader;
import dev.leat.dataset.manifest.SealedBytes;
import dev.leat.dataset.manifest.SeededTree;
import dev.leat.dataset.manifest.Strength;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.PutCondition;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds for a registry in every store. */
abstract class RegistryContract {
    @TempDir
    private Path folder;

    private @Nullable ObjectStore opened;

    /** The same empty store at each call of one test. */
    abstract ObjectStore store() throws Exception;

    @BeforeEach
    void openIt() throws Exception {
        opened = store();
    }

    @AfterEach
    void closeIt() {
        Objects.requireNonNull(opened).close();
    }

    private Registry registry() throws IOException {
        return Registry.create(Objects.requireNonNull(opened));
    }

    private static List<ManifestEntry> tree(long seed) {
        return SeededTree.of(seed, 50);
    }

    private VersionRecord put(Registry registry, String name, String version, long seed) throws IOException {
        SealedBytes sealed = SealedBytes.of(tree(seed), Strength.WEAK);
        Path file = folder.resolve(name + version);
        Files.write(file, sealed.bytes());
        VersionRecord record = new VersionRecord(
                name,
                version,
                sealed.summary(),
                "",
                "s3://data/in",
                Map.of("endpoint", "http://minio:9000"),
                3,
                Instant.parse("2026-05-01T10:00:00Z"),
                "a \"note\"\nof two lines, größer",
                List.of("raw@1"));
        return registry.put(record, file);
    }

    private List<String> keys(String prefix) throws IOException {
        List<String> keys = new ArrayList<>();
        for (ObjectInfo object :
                Objects.requireNonNull(opened).list(prefix, null, null, 1_000).objects()) {
            keys.add(object.key());
        }
        return keys;
    }

    private static List<ManifestEntry> read(Registry registry, VersionRecord version) throws IOException {
        List<ManifestEntry> entries = new ArrayList<>();
        try (InputStream in = registry.manifest(version);
                ManifestReader reader = new ManifestReader(in)) {
            for (ManifestEntry entry = reader.next(); entry != null; entry = reader.next()) {
                entries.add(entry);
            }
            Registry.check(version, reader);
        }
        return entries;
    }

    @Test
    void whatIsPutIsFoundByNameTagAndDigest() throws Exception {
        VersionRecord put = put(registry(), "images", "v1", 1);
        registry().tag(put, "prod");
        Registry other = Registry.open(Objects.requireNonNull(opened));
        for (String version : List.of("v1", "prod", put.summary().tree().toString())) {
            VersionRecord found = other.find(new VersionRef("images", version));
            assertThat(found).as(version).isEqualTo(put);
            assertThat(found.note()).isEqualTo("a \"note\"\nof two lines, größer");
            assertThat(found.sourceOptions()).containsEntry("endpoint", "http://minio:9000");
        }
        assertThat(read(other, put)).isEqualTo(tree(1));
        assertThat(other.versions(null)).containsExactly(put);
        assertThat(other.versions("others")).isEmpty();
        assertThat(other.tags("images")).containsExactly(Map.entry("prod", "v1"));
        String none = "sha256:" + "0".repeat(64);
        for (String version : List.of("v2", "pro", none)) {
            assertThatThrownBy(() -> other.find(new VersionRef("images", version)))
                    .isInstanceOf(RegistryException.class)
                    .hasMessageContaining("images@" + version)
                    .hasMessageNotContainingAny("\n");
        }
    }

    @Test
    void whereThereIsNoneNothingIsFound() {
        assertThatThrownBy(() -> Registry.open(Objects.requireNonNull(opened)))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("there is no registry");
    }

    @Test
    void aVersionNeverChanges() throws Exception {
        VersionRecord first = put(registry(), "images", "v1", 1);
        assertThat(put(registry(), "images", "v1", 1)).isEqualTo(first);
        assertThatThrownBy(() -> put(registry(), "images", "v1", 2))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("never changes");
        registry().tag(first, "prod");
        assertThatThrownBy(() -> put(registry(), "images", "prod", 2)).hasMessageContaining("is a tag");
        assertThatThrownBy(() -> registry().tag(first, "v1")).hasMessageContaining("is a version");
        assertThat(keys("manifests/")).hasSize(1);
    }

    @Test
    void oneOfManyWhoPutTheSameVersionWins() throws Exception {
        registry();
        AtomicInteger won = new AtomicInteger();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int seed = i;
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    Path file = folder.resolve("m" + seed);
                    SealedBytes sealed = SealedBytes.of(tree(seed), Strength.WEAK);
                    Files.write(file, sealed.bytes());
                    registry()
                            .put(
                                    new VersionRecord(
                                            "n",
                                            "v",
                                            sealed.summary(),
                                            "",
                                            "s",
                                            Map.of(),
                                            0,
                                            Instant.EPOCH,
                                            "",
                                            List.of()),
                                    file);
                    won.incrementAndGet();
                } catch (RegistryException e) {
                    // another was first
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(won).hasValue(1);
        VersionRecord left = registry().find(new VersionRef("n", "v"));
        assertThat(read(registry(), left)).isNotEmpty();
    }

    @Test
    void manifestsAreSharedAndGoWithTheLastVersion() throws Exception {
        Registry registry = registry();
        VersionRecord a = put(registry, "images", "v1", 1);
        VersionRecord b = put(registry, "images", "v2", 1);
        VersionRecord c = put(registry, "images", "v3", 2);
        assertThat(b.manifestKey()).isEqualTo(a.manifestKey()).isNotEqualTo(c.manifestKey());
        assertThat(registry.remove(a, false)).isFalse();
        assertThat(read(registry, b)).isEqualTo(tree(1));
        assertThat(registry.remove(b, false)).isTrue();
        assertThat(keys("manifests/")).containsExactly(c.manifestKey());
        assertThat(keys("doomed/")).isEmpty();
        assertThat(registry.versions(null)).containsExactly(c);
    }

    @Test
    void whatIsTaggedOrPinnedIsKept() throws Exception {
        Registry registry = registry();
        VersionRecord version = put(registry, "images", "v1", 1);
        registry.tag(version, "prod");
        assertThatThrownBy(() -> registry.remove(version, false)).hasMessageContaining("tagged prod");
        registry.untag("images", "prod");
        registry.pin(version, true);
        assertThatThrownBy(() -> registry.remove(version, false)).hasMessageContaining("pinned");
        registry.tag(version, "prod");
        assertThat(registry.remove(version, true)).isTrue();
        assertThat(keys("")).containsExactly("leat-registry.json");
    }

    @Test
    void aDoomedManifestIsNotShared() throws Exception {
        Registry registry = registry();
        VersionRecord a = put(registry, "images", "v1", 1);
        // Somebody is about to delete it, and has not seen the version that is coming.
        String mark = a.manifestKey().replace("manifests/", "doomed/");
        Objects.requireNonNull(opened).put(mark, ByteBuffer.wrap(new byte[] {1}), PutCondition.ALWAYS);
        VersionRecord b = put(registry, "images", "v2", 1);
        assertThat(b.manifestKey()).isNotEqualTo(a.manifestKey());
        Objects.requireNonNull(opened).delete(List.of(a.manifestKey(), mark));
        assertThat(read(registry, registry.find(b.ref()))).isEqualTo(tree(1));
        assertThatThrownBy(() -> registry.manifest(a))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("missing");
    }

    @Test
    void whatNobodyRefersToIsSwept() throws Exception {
        Registry registry = registry();
        VersionRecord version = put(registry, "images", "v1", 1);
        String left = "manifests/" + "0".repeat(64) + "-1";
        Objects.requireNonNull(opened).put(left, ByteBuffer.wrap(new byte[] {1}), PutCondition.ALWAYS);
        assertThat(registry.garbage(false)).containsExactly(left);
        assertThat(registry.garbage(true)).containsExactly(left);
        assertThat(registry.garbage(true)).isEmpty();
        assertThat(read(registry, version)).isEqualTo(tree(1));
        assertThat(keys("doomed/")).isEmpty();
    }

    @Test
    void damageAndForgeryAreRefusedInOneLine() throws Exception {
        Registry registry = registry();
        VersionRecord version = put(registry, "images", "v1", 1);
        ObjectStore store = Objects.requireNonNull(opened);
        // A whole manifest of another tree in its place.
        SealedBytes other = SealedBytes.of(tree(2), Strength.WEAK);
        store.put(version.manifestKey(), ByteBuffer.wrap(other.bytes()), PutCondition.ALWAYS);
        assertThatThrownBy(() -> read(registry, version))
                .isInstanceOf(ManifestException.class)
                .hasMessageContaining(version.summary().tree().toString())
                .hasMessageContaining(other.summary().tree().toString());
        String key = "versions/images/v1.json";
        byte[] record = RecordText.write(version.facts());
        List<byte[]> wrong = List.of(
                new byte[0],
                "{".getBytes(StandardCharsets.UTF_8),
                "[1]".getBytes(StandardCharsets.UTF_8),
                java.util.Arrays.copyOf(record, record.length / 2),
                RecordText.write(Map.of("format", 2L)),
                RecordText.write(put(registry, "images", "v2", 1).facts()));
        for (byte[] bytes : wrong) {
            store.put(key, ByteBuffer.wrap(bytes), PutCondition.ALWAYS);
            assertThatThrownBy(() -> registry.find(new VersionRef("images", "v1")))
                    .as(new String(bytes, StandardCharsets.UTF_8))
                    .isInstanceOf(RegistryException.class)
                    .hasMessageContaining(key)
                    .hasMessageNotContainingAny("\n");
        }
    }

    @Test
    void namesHaveAGrammar() {
        for (String text : List.of("a", "A.b-c_9", "x".repeat(128))) {
            assertThat(new VersionRef(text, text).toString()).isEqualTo(text + "@" + text);
        }
        for (String text : List.of("", ".a", "a/b", "a b", "ö", "x".repeat(129), "..")) {
            assertThatThrownBy(() -> new VersionRef(text, "v")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new VersionRef("n", text)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(VersionRef.parse("dataset://n@v")).isEqualTo(new VersionRef("n", "v"));
        assertThatThrownBy(() -> VersionRef.parse("dataset://n")).hasMessageContaining("NAME@VERSION");
        assertThatThrownBy(() -> VersionRef.parse("n@sha256:1")).hasMessageContaining("no digest");
    }
}
