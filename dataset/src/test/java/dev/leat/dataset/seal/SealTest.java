package dev.leat.dataset.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.dataset.SourceUrl;
import dev.leat.dataset.Sources;
import dev.leat.dataset.manifest.ManifestEntry;
import dev.leat.dataset.manifest.ManifestReader;
import dev.leat.dataset.manifest.Sha256;
import dev.leat.dataset.manifest.Strength;
import dev.leat.dataset.seal.Difference.Change;
import dev.leat.dataset.seal.Difference.Tally;
import dev.leat.dataset.source.Source;
import dev.leat.store.ObjectStore;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.store.StoreOptions;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import dev.leat.store.s3.S3Credentials;
import dev.leat.testing.s3.FaultyS3Server;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees that are sealed, compared and verified where they lie. */
class SealTest {
    private static final Sealing.Watcher NOBODY = new Sealing.Watcher() {
        @Override
        public Advance listing() {
            return (_, _) -> {};
        }

        @Override
        public Advance reading(long files, long bytes) {
            return (_, _) -> {};
        }
    };

    @TempDir
    private Path folder;

    private Path data = Path.of("");
    private Path work = Path.of("");

    @BeforeEach
    void folders() throws IOException {
        data = Files.createDirectories(folder.resolve("data"));
        work = Files.createDirectories(folder.resolve("work"));
    }

    private static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private void put(String path, byte[] bytes) throws IOException {
        Path file = data.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    private Source source() throws StoreException {
        return Sources.open(SourceUrl.parse("file://" + data), StoreOptions.DEFAULT, "test", null);
    }

    private record Sealed(Path manifest, Sealing.Sealed result) {
        Map<String, ManifestEntry> entries() throws IOException {
            Map<String, ManifestEntry> entries = new TreeMap<>();
            try (InputStream in = Files.newInputStream(manifest);
                    ManifestReader reader = new ManifestReader(in)) {
                for (ManifestEntry entry = reader.next(); entry != null; entry = reader.next()) {
                    entries.put(entry.path(), entry);
                }
            }
            return entries;
        }
    }

    private Sealed seal(Source source, Strength strength) throws IOException {
        Path manifest = Files.createTempFile(folder, "manifest", "");
        return new Sealed(manifest, Sealing.run(source, strength, work, manifest, NOBODY));
    }

    private Sealed seal(Strength strength) throws IOException {
        try (Source source = source()) {
            return seal(source, strength);
        }
    }

    private static Sha256 sha256(byte[] bytes) {
        var digest = Sha256.begin();
        digest.update(bytes);
        return Sha256.of(digest);
    }

    private void small() throws IOException {
        put("train/a.jpg", bytes(1_000, 1));
        put("train/b.jpg", bytes(5_000_000, 2));
        put("train/deep/er/c", new byte[0]);
        put("train!", bytes(3, 3));
        Files.createDirectories(data.resolve("empty"));
        Files.createSymbolicLink(data.resolve("link"), Path.of("train/a.jpg"));
        Files.setPosixFilePermissions(data.resolve("train!"), PosixFilePermissions.fromString("rw-r-----"));
    }

    @Test
    void allOfATreeIsSealed() throws Exception {
        small();
        Sealed strong = seal(Strength.STRONG);
        Map<String, ManifestEntry> entries = strong.entries();
        assertThat(entries)
                .containsOnlyKeys(
                        "",
                        "empty",
                        "link",
                        "train",
                        "train!",
                        "train/a.jpg",
                        "train/b.jpg",
                        "train/deep",
                        "train/deep/er",
                        "train/deep/er/c");
        assertThat(entries.get("train/b.jpg"))
                .isNotNull()
                .satisfies(entry -> assertThat(entry.content()).isEqualTo(sha256(bytes(5_000_000, 2))));
        assertThat(entries.get("train/deep/er/c"))
                .isNotNull()
                .satisfies(entry -> assertThat(entry.content()).isEqualTo(sha256(new byte[0])));
        assertThat(entries.get("train!"))
                .isNotNull()
                .satisfies(entry -> assertThat(entry.mode()).isEqualTo(0640));
        assertThat(entries.get("link"))
                .isNotNull()
                .satisfies(entry -> assertThat(entry.target()).isEqualTo("train/a.jpg"));
        assertThat(strong.result().summary().bytes()).isEqualTo(5_001_003);
    }

    @Test
    void theSameTreeHasTheSameDigestElsewhere() throws Exception {
        small();
        Sha256 weak = seal(Strength.WEAK).result().summary().tree();
        Sha256 strong = seal(Strength.STRONG).result().summary().tree();
        assertThat(seal(Strength.WEAK).result().summary().tree()).isEqualTo(weak);
        Path copy = folder.resolve("copy");
        assertThat(new ProcessBuilder("cp", "-a", data.toString(), copy.toString())
                        .start()
                        .waitFor())
                .isZero();
        Files.setLastModifiedTime(copy.resolve("train/a.jpg"), FileTime.fromMillis(5_000));
        data = copy;
        assertThat(seal(Strength.STRONG).result().summary().tree()).isEqualTo(strong);
        assertThat(seal(Strength.WEAK).result().summary().tree())
                .as("times are what a weak seal goes by")
                .isNotEqualTo(weak);
        put("train/a.jpg", bytes(1_000, 99));
        assertThat(seal(Strength.STRONG).result().summary().tree()).isNotEqualTo(strong);
    }

    @Test
    void whatIsNotThereIsRefused() {
        assertThatThrownBy(() -> seal(Strength.WEAK))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("there is nothing in");
    }

    @Test
    void aBucketWithOddKeysIsSealedAndVerified() throws Exception {
        try (FaultyS3Server server = FaultyS3Server.start(1)) {
            server.createBucket("data");
            StoreOptions options = StoreOptions.DEFAULT.withS3(
                    server.endpoint(),
                    to -> to.credentials(new S3Credentials.Keys("key", "secret", null))
                            .warm(false));
            String longest = ("d".repeat(200) + "/").repeat(4) + "x".repeat(216);
            assertThat(longest.getBytes(StandardCharsets.UTF_8)).hasSize(1_020);
            List<String> keys = new ArrayList<>(List.of("a", "a/b", "a!", "größe/😀", longest));
            for (int i = 0; i < 1_200; i++) {
                keys.add("many/%05d".formatted(i));
            }
            try (ObjectStore writer =
                    Stores.open(StoreUrl.parse("s3://data"), options).store()) {
                for (String key : keys) {
                    writer.put(key, ByteBuffer.wrap(key.getBytes(StandardCharsets.UTF_8)), PutCondition.ALWAYS);
                }
                try (Source source = Sources.open(SourceUrl.parse("s3://data"), options, "test", null)) {
                    Sealed weak = seal(source, Strength.WEAK);
                    // Of the keys a and a/b the directory is shown.
                    assertThat(weak.result().leftOut()).isEqualTo(1);
                    assertThat(weak.result().summary().files()).isEqualTo(keys.size() - 1);
                    assertThat(weak.entries().get("a"))
                            .isNotNull()
                            .satisfies(a -> assertThat(a.isDirectory()).isTrue());
                    assertThat(weak.entries()).containsKeys(longest, "größe/😀", "many");
                    Sealed strong = seal(source, Strength.STRONG);
                    assertThat(verify(source, strong, true)).isEmpty();
                    writer.put("many/00007", ByteBuffer.wrap(new byte[10]), PutCondition.ALWAYS);
                    writer.delete(List.of("many/00008"));
                    assertThat(verify(source, strong, true))
                            .containsExactly("CHANGED many/00007", "MISSING many/00008");
                    assertThat(verify(source, weak, false)).containsExactly("CHANGED many/00007", "MISSING many/00008");
                }
            }
        }
    }

    private List<String> verify(Source source, Sealed sealed, boolean full) throws IOException {
        List<String> found = new ArrayList<>();
        try (InputStream in = Files.newInputStream(sealed.manifest());
                ManifestReader reader = new ManifestReader(in)) {
            long files = sealed.result().summary().files();
            Verification.Result result = new Verification(
                            source, work, (state, path, why) -> found.add(state + " " + path))
                    .run(reader, new Verification.Reading(full, 0, files, 7), NOBODY);
            assertThat(result.isClean()).isEqualTo(found.isEmpty());
            assertThat(result.files()).isEqualTo(files);
        }
        return found;
    }

    @Test
    void everythingThatBecameDifferentIsNamed() throws Exception {
        small();
        put("same", bytes(100, 4));
        put("damaged", bytes(100, 5));
        Sealed strong = seal(Strength.STRONG);
        Sealed weak = seal(Strength.WEAK);
        try (Source source = source()) {
            assertThat(verify(source, strong, true)).isEmpty();
            assertThat(verify(source, weak, true)).isEmpty();
            // One byte, under the same time and length.
            FileTime time = Files.getLastModifiedTime(data.resolve("damaged"));
            byte[] other = bytes(100, 5);
            other[50] ^= (byte) 1;
            Files.write(data.resolve("damaged"), other);
            Files.setLastModifiedTime(data.resolve("damaged"), time);
            Files.delete(data.resolve("train/a.jpg"));
            put("train/b.jpg", bytes(10, 6));
            put("new", bytes(10, 7));
            Files.delete(data.resolve("link"));
            Files.createSymbolicLink(data.resolve("link"), Path.of("elsewhere"));
            assertThat(verify(source, strong, false))
                    .containsExactly("CHANGED link", "MISSING train/a.jpg", "CHANGED train/b.jpg");
            assertThat(verify(source, strong, true))
                    .containsExactlyInAnyOrder(
                            "DAMAGED damaged", "CHANGED link", "MISSING train/a.jpg", "CHANGED train/b.jpg");
            assertThat(verify(source, weak, true))
                    .as("a weak seal cannot know")
                    .containsExactly("CHANGED link", "MISSING train/a.jpg", "CHANGED train/b.jpg");
        }
    }

    @Test
    void aSampleIsOfTheSizeAskedFor() throws Exception {
        for (int i = 0; i < 50; i++) {
            put("f" + i, bytes(10, i));
        }
        Sealed sealed = seal(Strength.STRONG);
        for (long wanted : new long[] {1, 10, 50, 99}) {
            try (Source source = source();
                    InputStream in = Files.newInputStream(sealed.manifest());
                    ManifestReader reader = new ManifestReader(in)) {
                Verification.Result result = new Verification(source, work, (_, _, _) -> {})
                        .run(reader, new Verification.Reading(false, wanted, 50, wanted), NOBODY);
                assertThat(result.read()).isEqualTo(Math.min(50, wanted));
                assertThat(result.isClean()).isTrue();
            }
        }
    }

    @Test
    void twoVersionsAreCompared() throws Exception {
        small();
        put("same", bytes(100, 4));
        Sealed before = seal(Strength.STRONG);
        Files.delete(data.resolve("train/a.jpg"));
        put("train/b.jpg", bytes(10, 6));
        put("new/f", bytes(20, 7));
        Sealed after = seal(Strength.STRONG);
        List<String> changes = new ArrayList<>();
        try (InputStream old = Files.newInputStream(before.manifest());
                InputStream now = Files.newInputStream(after.manifest());
                ManifestReader first = new ManifestReader(old);
                ManifestReader second = new ManifestReader(now)) {
            Map<Change, Tally> tallies = Difference.run(first, second, (change, was, is) -> {
                ManifestEntry entry = is == null ? was : is;
                changes.add(change + " " + (entry == null ? "" : entry.path()));
            });
            assertThat(changes)
                    .containsExactly("ADDED new", "ADDED new/f", "REMOVED train/a.jpg", "CHANGED train/b.jpg");
            assertThat(tallies)
                    .containsEntry(Change.ADDED, new Tally(1, 1, 20))
                    .containsEntry(Change.REMOVED, new Tally(1, 0, 1_000))
                    .containsEntry(Change.CHANGED, new Tally(1, 0, 10));
        }
    }

    @Test
    void aFileThatChangesMeanwhileIsNamed() throws Exception {
        put("f", bytes(1_000, 1));
        try (Source source = source()) {
            Source changing = new ChangingSource(source, () -> Files.write(data.resolve("f"), bytes(999, 2)));
            assertThatThrownBy(() -> seal(changing, Strength.STRONG))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("'f' changed while it was sealed");
        }
    }
}
