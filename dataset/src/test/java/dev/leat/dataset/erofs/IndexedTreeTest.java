package dev.leat.dataset.erofs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.dataset.index.TreeIndex;
import dev.leat.dataset.manifest.ManifestEntry;
import dev.leat.dataset.manifest.SealedBytes;
import dev.leat.dataset.manifest.SeededTree;
import dev.leat.dataset.manifest.Strength;
import dev.leat.dataset.read.InPlace;
import dev.leat.dataset.source.EntryKind;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image of a sealed version shows what its manifest says. */
class IndexedTreeTest {
    private static final IndexedTree.Defaults DEFAULTS = new IndexedTree.Defaults(11, 12, 0440, 0550);

    @TempDir
    private Path folder;

    @Test
    void everyEntryOfTheManifestIsInTheImage() throws Exception {
        for (long seed = 1; seed <= 3; seed++) {
            List<ManifestEntry> entries = SeededTree.of(seed, 2_000);
            SealedBytes sealed = SealedBytes.of(entries, Strength.WEAK);
            Path made = folder.resolve("image" + seed);
            int flags = Open.RDWR | Open.CREAT | Open.EXCL;
            try (TreeIndex index =
                            TreeIndex.open(folder, sealed.summary(), () -> new ByteArrayInputStream(sealed.bytes()));
                    FileHandle image = FileHandle.open(made, flags, 0600);
                    FileHandle extents = FileHandle.open(folder.resolve("extents" + seed), flags, 0600)) {
                IndexedTree tree = new IndexedTree(index, new InPlace(new NoSource()), DEFAULTS);
                try (ImageWriter writer = new ImageWriter(image, extents, tree.root(), folder)) {
                    tree.entries(writer::add);
                    assertThat(writer.finish(new UUID(0, seed), 0).inodes()).isEqualTo(entries.size());
                }
                ImageReader reader = new ImageReader(made);
                for (ManifestEntry entry : entries) {
                    check(reader, index, entry);
                }
            }
        }
    }

    private static void check(ImageReader reader, TreeIndex index, ManifestEntry entry) {
        ImageReader.Inode inode = reader.root();
        for (String name : entry.path().split("/")) {
            inode = name.isEmpty() ? inode : Objects.requireNonNull(reader.lookup(inode, name), entry.path());
        }
        int row = index.find(entry.path());
        int mode =
                switch (entry.kind()) {
                    case FILE -> 0100000 | (entry.mode() < 0 ? DEFAULTS.fileMode() : entry.mode());
                    case DIRECTORY -> 0040000 | (entry.mode() < 0 ? DEFAULTS.directoryMode() : entry.mode());
                    case LINK -> 0120777;
                };
        assertThat(inode.mode()).as(entry.path()).isEqualTo(mode);
        assertThat(inode.uid()).isEqualTo(entry.uid() < 0 ? DEFAULTS.uid() : entry.uid());
        assertThat(inode.gid()).isEqualTo(entry.gid() < 0 ? DEFAULTS.gid() : entry.gid());
        assertThat(inode.seconds() * 1000 + inode.nanos() / 1_000_000).isEqualTo(index.modifiedEpochMs(row));
        if (entry.kind() == EntryKind.FILE) {
            assertThat(inode.sizeBytes()).isEqualTo(entry.sizeBytes());
        } else if (entry.kind() == EntryKind.LINK) {
            assertThat(new String(reader.data(inode), StandardCharsets.UTF_8)).isEqualTo(entry.target());
        } else {
            assertThat(inode.links()).isEqualTo(2 + index.subdirectories(row));
        }
    }
}
