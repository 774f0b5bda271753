package dev.leat.dataset.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.dataset.manifest.ManifestEntry;
import dev.leat.dataset.manifest.ManifestException;
import dev.leat.dataset.manifest.SealedBytes;
import dev.leat.dataset.manifest.SeededTree;
import dev.leat.dataset.manifest.Sha256;
import dev.leat.dataset.manifest.Strength;
import dev.leat.dataset.source.EntryKind;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An index says what the manifest says. */
class TreeIndexTest {
    @TempDir
    private Path folder;

    private TreeIndex open(SealedBytes sealed, AtomicInteger read) throws Exception {
        return TreeIndex.open(folder, sealed.summary(), () -> {
            read.incrementAndGet();
            return new ByteArrayInputStream(sealed.bytes());
        });
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void everyNameIsFoundWithAllThatIsKnownOfIt() throws Exception {
        for (long seed = 1; seed <= 4; seed++) {
            List<ManifestEntry> entries = SeededTree.of(seed, 3_000);
            SealedBytes sealed = SealedBytes.of(entries, Strength.WEAK);
            try (TreeIndex index = open(sealed, new AtomicInteger())) {
                for (ManifestEntry entry : entries) {
                    int row = index.find(entry.path());
                    assertThat(row).as(entry.path()).isNotNegative();
                    assertThat(entry(index, row)).isEqualTo(entry);
                    assertThat(index.find(entry.path() + "/no")).isEqualTo(-1);
                    assertThat(index.find(row, utf8("no such name"))).isEqualTo(-1);
                }
                assertThat(walk(index, 0)).as("names reached from the root").isEqualTo(entries.size());
            }
        }
    }

    private static ManifestEntry entry(TreeIndex index, int row) {
        EntryKind kind = index.kind(row);
        String text = new String(index.text(row), StandardCharsets.UTF_8);
        return new ManifestEntry(
                index.path(row),
                kind,
                index.mode(row),
                index.uid(row),
                index.gid(row),
                kind == EntryKind.LINK ? 0 : index.sizeBytes(row),
                index.modifiedEpochMs(row),
                kind == EntryKind.FILE ? text : null,
                index.content(row),
                kind == EntryKind.LINK ? text : null);
    }

    /** Counts what lies in a directory and below, and looks at the order. */
    private static int walk(TreeIndex index, int directory) {
        int count = 1;
        int subdirectories = 0;
        byte[] before = new byte[0];
        for (int i = 0; i < index.children(directory); i++) {
            int row = index.firstChild(directory) + i;
            assertThat(index.parent(row)).isEqualTo(directory);
            assertThat(Arrays.compareUnsigned(before, index.name(row))).isNegative();
            before = index.name(row);
            boolean below = index.kind(row) == EntryKind.DIRECTORY;
            subdirectories += below ? 1 : 0;
            count += below ? walk(index, row) : 1;
        }
        assertThat(index.subdirectories(directory)).isEqualTo(subdirectories);
        return count;
    }

    @Test
    void digestsAreKept() throws Exception {
        Sha256 digest = new Sha256(1, -2, 3, 4);
        List<ManifestEntry> entries = List.of(
                SeededTree.of(1, 1).getFirst(),
                SeededTree.file("f", 7, "validator").with(digest));
        try (TreeIndex index = open(SealedBytes.of(entries, Strength.STRONG), new AtomicInteger())) {
            assertThat(index.content(index.find("f"))).isEqualTo(digest);
            assertThat(index.version(1).validator()).isEqualTo("validator");
            assertThat(index.summary().strength()).isEqualTo(Strength.STRONG);
        }
    }

    @Test
    void itIsMadeOnceAndAgainWhenItIsDamaged() throws Exception {
        SealedBytes sealed = SealedBytes.of(SeededTree.of(5, 500), Strength.WEAK);
        AtomicInteger read = new AtomicInteger();
        open(sealed, read).close();
        open(sealed, read).close();
        assertThat(read).hasValue(1);
        Path file;
        try (Stream<Path> files = Files.list(folder)) {
            file = files.toList().getFirst();
        }
        byte[] whole = Files.readAllBytes(file);
        byte[] damaged = whole.clone();
        damaged[70] ^= (byte) 1;
        for (byte[] content : List.of(damaged, Arrays.copyOf(whole, whole.length - 1), new byte[0])) {
            Files.write(file, content);
            int before = read.get();
            try (TreeIndex index = open(sealed, read)) {
                assertThat(index.find("")).isZero();
            }
            assertThat(read).hasValue(before + 1);
        }
    }

    @Test
    void anotherManifestLeavesNoIndex() throws Exception {
        SealedBytes sealed = SealedBytes.of(SeededTree.of(6, 500), Strength.WEAK);
        List<SealedBytes> others = List.of(
                SealedBytes.of(SeededTree.of(7, 500), Strength.WEAK),
                SealedBytes.of(SeededTree.of(6, 900), Strength.WEAK),
                SealedBytes.of(SeededTree.of(6, 100), Strength.WEAK),
                new SealedBytes(Arrays.copyOf(sealed.bytes(), sealed.bytes().length - 9), sealed.summary()));
        for (SealedBytes other : others) {
            assertThatThrownBy(() ->
                            TreeIndex.open(folder, sealed.summary(), () -> new ByteArrayInputStream(other.bytes())))
                    .isInstanceOf(ManifestException.class);
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }
}
