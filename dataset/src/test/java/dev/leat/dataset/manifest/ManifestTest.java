package dev.leat.dataset.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests as bytes: what they hold, what they are known by, and what is refused. */
class ManifestTest {
    @TempDir
    private Path folder;

    private static byte[] bytes(List<ManifestEntry> entries, Strength strength) throws IOException {
        return SealedBytes.of(entries, strength).bytes();
    }

    private static ManifestSummary summary(List<ManifestEntry> entries, Strength strength) throws IOException {
        return SealedBytes.of(entries, strength).summary();
    }

    private static ManifestSummary summary(List<ManifestEntry> entries) throws IOException {
        return summary(entries, Strength.WEAK);
    }

    private static List<ManifestEntry> read(byte[] bytes) throws IOException {
        List<ManifestEntry> entries = new ArrayList<>();
        try (ManifestReader reader = new ManifestReader(new ByteArrayInputStream(bytes))) {
            for (ManifestEntry entry = reader.next(); entry != null; entry = reader.next()) {
                assertThat(reader.number()).isEqualTo(entries.size());
                int slash = entry.path().lastIndexOf('/');
                assertThat(entries.isEmpty() ? "" : entries.get(reader.parent()).path())
                        .isEqualTo(entry.path().substring(0, Math.max(0, slash)));
                entries.add(entry);
            }
            assertThat(reader.summary().entries()).isEqualTo(entries.size());
        }
        return entries;
    }

    private static ManifestEntry root() {
        return ManifestEntry.of("", Facts.directory(Facts.UNKNOWN));
    }

    private static ManifestEntry directory(String path) {
        return ManifestEntry.of(path, Facts.directory(7));
    }

    private static List<ManifestEntry> small() {
        ManifestEntry owned = ManifestEntry.of(
                "train/b.jpg",
                new Facts(
                        EntryKind.FILE,
                        5,
                        1_700_000_000_123L,
                        "\"etag\"",
                        new Facts.Permission(1000, 100, 04640),
                        null));
        ManifestEntry link = ManifestEntry.of(
                "train/l", new Facts(EntryKind.LINK, 5, 3, "v", new Facts.Permission(0, 0, 0777), "b.jpg"));
        return List.of(root(), directory("train"), SeededTree.file("train/a.jpg", 3, "v1"), owned, link);
    }

    @Test
    void theDigestOfATreeIsTheSameForEver() throws Exception {
        ManifestSummary weak = summary(small());
        assertThat(weak.tree()).hasToString("sha256:bbfe33ef04a9e1d95f2c3b346aeed4f7e57393ae962d70c862a10650f7214a82");
        assertThat(weak.manifest())
                .hasToString("sha256:dc568ce9e33337fff99d57aa22d29e405c25188050e312b6856aeecb75f03c78");
        List<ManifestEntry> proven = small().stream()
                .map(entry -> entry.isFile() ? entry.with(new Sha256(1, 2, 3, entry.sizeBytes())) : entry)
                .toList();
        assertThat(summary(proven, Strength.STRONG).tree())
                .hasToString("sha256:490a0cbcd003e35568851dd48b6cd3228f2ea4bb7051c6e7cd7ce2f10806ce10");
    }

    @Test
    void whatWasWrittenIsRead() throws Exception {
        for (long seed = 1; seed <= 5; seed++) {
            List<ManifestEntry> entries = SeededTree.of(seed, 4_000);
            assertThat(read(bytes(entries, Strength.WEAK))).as("seed %d", seed).isEqualTo(entries);
        }
        assertThat(read(bytes(small(), Strength.WEAK))).isEqualTo(small());
        assertThat(summary(small()))
                .satisfies(s -> assertThat(List.of(s.files(), s.directories(), s.links(), s.bytes()))
                        .containsExactly(2L, 2L, 1L, 8L));
    }

    @Test
    void entriesMayComeInAnyOrder() throws Exception {
        List<ManifestEntry> entries = SeededTree.of(11, 5_000);
        List<ManifestEntry> shuffled = new ArrayList<>(entries);
        Collections.shuffle(shuffled, new Random(12));
        // Room for all, and for so few that most lies in files.
        for (long memory : new long[] {100 << 20, 50_000}) {
            try (EntrySorter sorter = new EntrySorter(folder, memory)) {
                for (ManifestEntry entry : shuffled) {
                    sorter.add(entry);
                }
                List<ManifestEntry> sorted = new ArrayList<>();
                for (ManifestEntry entry = sorter.next(); entry != null; entry = sorter.next()) {
                    sorted.add(entry);
                }
                assertThat(sorted).isEqualTo(entries);
            }
            try (Stream<Path> left = Files.list(folder)) {
                assertThat(left).isEmpty();
            }
        }
    }

    @Test
    void ofAFileAndADirectoryWithOneNameTheDirectoryStays() throws Exception {
        try (EntrySorter sorter = new EntrySorter(folder, 300)) {
            for (ManifestEntry entry : List.of(
                    SeededTree.file("a", 1, "v"),
                    root(),
                    directory("a"),
                    SeededTree.file("a/b", 1, "v"),
                    directory("a"))) {
                sorter.add(entry);
            }
            assertThat(sorter.next()).isEqualTo(root());
            assertThat(sorter.next()).isEqualTo(directory("a"));
            assertThat(sorter.next()).isEqualTo(SeededTree.file("a/b", 1, "v"));
            assertThat(sorter.next()).isNull();
            assertThat(sorter.dropped()).isEqualTo(2);
        }
    }

    @Test
    void theIdentityIsThatOfTheBytesAndNotOfTimesAndOwners() throws Exception {
        ManifestSummary base = summary(small());
        ManifestEntry file = small().get(2);
        ManifestSummary later = summary(replaced(file.modified(99)));
        assertThat(later.tree()).isEqualTo(base.tree());
        assertThat(later.manifest()).isNotEqualTo(base.manifest());
        assertThat(summary(replaced(SeededTree.file("train/a.jpg", 3, "v2"))).tree())
                .isNotEqualTo(base.tree());
        assertThat(summary(replaced(SeededTree.file("train/a.jpg", 4, "v1"))).tree())
                .isNotEqualTo(base.tree());
        assertThat(summary(replaced(SeededTree.file("train/aa.jpg", 3, "v1"))).tree())
                .isNotEqualTo(base.tree());
        // The same bytes elsewhere: other validators, the same digests.
        Sha256 digest = new Sha256(1, 2, 3, 4);
        List<ManifestEntry> here =
                List.of(root(), SeededTree.file("f", 1, "here").with(digest));
        List<ManifestEntry> there =
                List.of(root(), SeededTree.file("f", 1, "there").with(digest));
        assertThat(summary(here, Strength.STRONG).tree())
                .isEqualTo(summary(there, Strength.STRONG).tree());
        assertThat(summary(here, Strength.STRONG).manifest())
                .isNotEqualTo(summary(there, Strength.STRONG).manifest());
    }

    private static List<ManifestEntry> replaced(ManifestEntry second) {
        List<ManifestEntry> entries = new ArrayList<>(small());
        entries.set(2, second);
        return entries;
    }

    @Test
    void everyFlippedBitAndEveryMissingByteIsNoticed() throws Exception {
        byte[] whole = bytes(small(), Strength.WEAK);
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= (byte) (1 << (i % 8));
            refused(damaged, "byte " + i);
            refused(Arrays.copyOf(whole, i), "cut to " + i);
        }
        refused(Arrays.copyOf(whole, whole.length + 1), "one byte more");
        byte[] large = bytes(SeededTree.of(3, 20_000), Strength.WEAK);
        Random random = new Random(4);
        for (int i = 0; i < 50; i++) {
            byte[] damaged = large.clone();
            damaged[random.nextInt(damaged.length)] ^= (byte) 0x10;
            refused(damaged, "round " + i);
        }
    }

    private static void refused(byte[] bytes, String what) {
        assertThatThrownBy(() -> read(bytes))
                .as(what)
                .isInstanceOf(ManifestException.class)
                .hasMessageNotContainingAny("\n");
    }

    @Test
    void whatIsNoTreeIsNotWritten() {
        ManifestEntry file = SeededTree.file("f", 1, "v");
        List<List<ManifestEntry>> wrong = List.of(
                List.of(),
                List.of(file),
                List.of(root(), root()),
                List.of(root(), SeededTree.file("b", 1, "v"), SeededTree.file("a", 1, "v")),
                List.of(root(), SeededTree.file("d/f", 1, "v")),
                List.of(root(), SeededTree.file("d", 1, "v"), SeededTree.file("d/f", 1, "v")),
                List.of(root(), SeededTree.file("..", 1, "v")),
                List.of(root(), directory("d"), directory("d/")),
                List.of(root(), SeededTree.file("x".repeat(256), 1, "v")),
                List.of(root(), ManifestEntry.of("f", Facts.file(1, 2, null))),
                List.of(root(), file.with(new Sha256(1, 2, 3, 4))));
        for (List<ManifestEntry> entries : wrong) {
            assertThatThrownBy(() -> bytes(entries, Strength.WEAK))
                    .as("%s", entries)
                    .isInstanceOf(ManifestException.class);
        }
        assertThatThrownBy(() -> bytes(List.of(root(), file), Strength.STRONG)).isInstanceOf(ManifestException.class);
    }

    @Test
    void digestsAreWrittenAndRead() {
        Sha256 digest = Sha256.of(Sha256.begin());
        assertThat(digest).hasToString("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assertThat(Sha256.parse(digest.toString())).isEqualTo(digest);
        assertThat(Sha256.parse(digest.hex())).isEqualTo(digest);
        assertThatThrownBy(() -> Sha256.parse("sha256:12")).isInstanceOf(IllegalArgumentException.class);
    }
}
