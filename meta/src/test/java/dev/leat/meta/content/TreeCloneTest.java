package dev.leat.meta.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;
import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.BlobLease;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewBlob;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.Publication;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.fsck.Fsck;
import dev.leat.meta.fsck.FsckReport;
import dev.leat.meta.gc.GcReport;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.store.PutCondition;
import dev.leat.store.file.FileStore;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clones through a mounted volume, with garbage collection and a whole check after each. */
class TreeCloneTest {
    private static final VolumeRecord VOLUME = VolumeRecord.create("v", "file:///", Map.of(), 0, 77, "test");
    private static final VolumeMarker MARKER = new VolumeMarker(VOLUME.uuid(), VOLUME.incarnation());

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final MemoryVolume memory = new MemoryVolume();
    private final Random random = new Random(5);

    @SuppressWarnings("NullAway.Init")
    private FileStore store;

    @SuppressWarnings("NullAway.Init")
    private VolumeFs fs;

    @BeforeEach
    void mount() throws Exception {
        Files.createDirectory(directory.resolve("scratch"));
        store = FileStore.create(directory.resolve("store"));
        MARKER.create(store);
        Volumes.format(new MemoryEngine(memory), VOLUME);
        fs = another();
    }

    @AfterEach
    void close() {
        fs.close();
        store.close();
    }

    @Test
    void aFileIsClonedWithAllItHas() throws Exception {
        long ino = file(MetaFs.ROOT, "f", 10_000, 3);
        fs.setxattr(ino, Bytes.of("user.small"), Bytes.of("1"), 0, Caller.ROOT);
        fs.setxattr(ino, Bytes.of("user.large"), Bytes.wrap(new byte[5_000]), 0, Caller.ROOT);
        CloneReport report = fs.clone(MetaFs.ROOT, Name.of("f"), MetaFs.ROOT, Name.of("copy"), count -> {});
        assertThat(report).isEqualTo(new CloneReport(1, 0, 10_000));
        long copy = fs.lookup(MetaFs.ROOT, Name.of("copy")).ino();
        assertSame(ino, copy);
        assertThat(fs.getxattr(copy, Bytes.of("user.large")).length()).isEqualTo(5_000);
        assertThatThrownBy(() -> fs.clone(MetaFs.ROOT, Name.of("f"), MetaFs.ROOT, Name.of("copy"), count -> {}))
                .isInstanceOf(FsException.class)
                .hasMessageContaining("there already");
        assertClean();
        fs.unlink(MetaFs.ROOT, Name.of("f"), Caller.ROOT);
        assertNothingLeaks();
        assertThat(content(copy)).hasSize(10_000);
    }

    @Test
    void aTreeAppearsWholeAndOutlivesItsOriginal() throws Exception {
        long tree = tree("tree");
        byte[] paged = content(fs.lookup(tree, Name.of("paged")).ino());
        CloneReport report = fs.clone(MetaFs.ROOT, Name.of("tree"), MetaFs.ROOT, Name.of("copy"), count -> {});
        assertThat(report.files()).isEqualTo(34);
        assertThat(report.directories()).isEqualTo(3);
        long copy = fs.lookup(MetaFs.ROOT, Name.of("copy")).ino();
        assertSameTree(tree, copy);
        assertThat(fs.getattr(MetaFs.ROOT).nlink()).isEqualTo(4);
        assertClean();
        removeTree(MetaFs.ROOT, "tree", tree);
        assertNothingLeaks();
        assertThat(content(fs.lookup(copy, Name.of("paged")).ino())).isEqualTo(paged);
        removeTree(MetaFs.ROOT, "copy", copy);
        assertNothingLeaks();
        assertThat(objects()).isZero();
    }

    @Test
    void aTreeWhoseCopierDiedIsRemoved() throws Exception {
        tree("tree");
        long before = objects();
        VolumeFs dying = another();
        assertThatThrownBy(() -> dying.clone(MetaFs.ROOT, Name.of("tree"), MetaFs.ROOT, Name.of("copy"), count -> {
                    // While its session lives nobody touches what it made.
                    collectAndExpectTree();
                    dying.close();
                    throw new IllegalStateException("killed");
                }))
                .hasMessage("killed");
        assertThat(fs.readdir(MetaFs.ROOT, null, 10, false)).hasSize(1);
        assertThat(fs.client().reader().scan(Keys.treesInMaking(), null, 10)).hasSize(1);
        assertNothingLeaks();
        assertThat(objects()).isEqualTo(before);
        assertThat(fs.client().reader().scan(Keys.treesInMaking(), null, 10)).isEmpty();
    }

    private void collectAndExpectTree() {
        try {
            fs.collector(store).all(false);
            assertThat(fs.client().reader().scan(Keys.treesInMaking(), null, 10))
                    .hasSize(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aTreeThatWasGivenUpIsRemovedAtOnce() throws Exception {
        tree("tree");
        long before = objects();
        assertThatThrownBy(() -> fs.clone(MetaFs.ROOT, Name.of("tree"), MetaFs.ROOT, Name.of("copy"), count -> {
                    throw new IllegalStateException("stopped");
                }))
                .hasMessage("stopped");
        assertThat(fs.readdir(MetaFs.ROOT, null, 10, false)).hasSize(1);
        assertNothingLeaks();
        assertThat(objects()).isEqualTo(before);
        assertThat(fs.client().reader().scan(Keys.treesInMaking(), null, 10)).isEmpty();
    }

    @Test
    void aTreeBeyondAQuotaLeavesNothing() throws Exception {
        tree("tree");
        long small = fs.create(MetaFs.ROOT, Name.of("small"), NewNode.directory(0755, 0), Caller.ROOT)
                .ino();
        fs.quotas().set(small, 0, 36);
        assertThatThrownBy(() -> fs.clone(MetaFs.ROOT, Name.of("tree"), small, Name.of("copy"), count -> {}))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EDQUOT));
        assertThat(fs.readdir(small, null, 10, false)).isEmpty();
        assertNothingLeaks();
        fs.quotas().set(small, 0, 37);
        fs.clone(MetaFs.ROOT, Name.of("tree"), small, Name.of("copy"), count -> {});
        long copy = fs.lookup(small, Name.of("copy")).ino();
        assertThatThrownBy(() -> fs.create(copy, Name.of("more"), NewNode.file(0644, 0), Caller.ROOT))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EDQUOT));
        assertThat(fs.quotas().check(small, false).isRight()).isTrue();
        assertThat(fs.quotas().check(0, false).isRight()).isTrue();
    }

    @Test
    void aCopyMayBelongToWhoMadeIt() throws Exception {
        long tree = tree("tree");
        CloneOwner owner = new CloneOwner(70, 80, 027);
        fs.clone(MetaFs.ROOT, Name.of("tree"), MetaFs.ROOT, Name.of("copy"), owner, count -> {});
        long copy = fs.lookup(MetaFs.ROOT, Name.of("copy")).ino();
        for (DirEntry entry : fs.readdir(copy, null, 100, true)) {
            Attr attr = Objects.requireNonNull(entry.attr());
            Attr original = fs.lookup(tree, entry.name()).attr();
            assertThat(List.of(attr.uid(), attr.gid(), attr.mode())).isEqualTo(List.of(70, 80, original.mode() & 0750));
            if (entry.type() != FileType.DIRECTORY) {
                assertThat(attr.mtime()).isEqualTo(original.mtime());
            }
        }
        assertClean();
    }

    @Test
    void movingContentElsewhereChangesNothingThatAReaderSees() throws Exception {
        long ino = file(MetaFs.ROOT, "f", 1_000, 2);
        FileView view = fs.view(ino);
        byte[] bytes = content(ino);
        try (BlobLease lease = upload(bytes)) {
            List<Edit.Move> moves = Objects.requireNonNull(view.extents()).stream()
                    .map(extent -> new Edit.Move(extent, lease.id(), extent.fileOffset(), 1_000))
                    .toList();
            List<NewBlob> blobs = List.of(new NewBlob(lease.id(), 1_000));
            FileView moved = Objects.requireNonNull(fs.content().move(ino, moves, blobs));
            assertThat(moved.extents()).hasSize(1);
            assertThat(moved.attr()).isEqualTo(view.attr());
            assertThat(content(ino)).isEqualTo(bytes);
            assertThat(fs.content().move(ino, moves, blobs)).isNull();
            assertThat(fs.view(ino).stamp()).isEqualTo(moved.stamp());
        }
        assertNothingLeaks();
    }

    private long tree(String name) throws Exception {
        long tree = fs.create(MetaFs.ROOT, Name.of(name), NewNode.directory(0750, 0), Caller.of(5, 6, 1))
                .ino();
        long sub = fs.create(tree, Name.of("sub"), NewNode.directory(0700, 0), Caller.ROOT)
                .ino();
        fs.create(sub, Name.of("empty"), NewNode.directory(0711, 0), Caller.ROOT);
        for (int i = 0; i < 30; i++) {
            file(sub, "f" + i, 100 + i, 1 + i % 3);
        }
        file(tree, "paged", 2_000, 500);
        long hard = file(tree, "hard", 50, 1);
        fs.link(hard, sub, Name.of("link"), Caller.ROOT);
        fs.create(tree, Name.of("symlink"), NewNode.symlink(Bytes.of("target")), Caller.ROOT);
        return tree;
    }

    /** A file of pieces that do not join. */
    private long file(long parent, String name, int size, int pieces) throws Exception {
        long ino = fs.create(parent, Name.of(name), NewNode.file(0640, 0), Caller.of(7, 8, 1))
                .ino();
        byte[] bytes = new byte[2 * size];
        random.nextBytes(bytes);
        try (BlobLease lease = upload(bytes)) {
            List<Edit> edits = new ArrayList<>();
            int each = size / pieces;
            for (int i = 0; i < pieces; i++) {
                int length = i == pieces - 1 ? size - i * each : each;
                edits.add(new Edit.Overlay((long) i * each, length, lease.id(), 2L * i * each, bytes.length));
            }
            fs.publish(
                    List.of(new Publication(
                            ino, null, edits, null, List.of(new NewBlob(lease.id(), bytes.length)), false)),
                    false);
        }
        return ino;
    }

    private BlobLease upload(byte[] bytes) throws Exception {
        BlobLease lease = fs.newBlob();
        store.put(fs.blobKey(lease.id()), ByteBuffer.wrap(bytes), PutCondition.IF_ABSENT);
        return lease;
    }

    private byte[] content(long ino) throws Exception {
        FileView view = fs.view(ino);
        List<Extent> extents = view.extents();
        if (extents == null) {
            extents = fs.extents(view, 0, view.attr().sizeBytes());
        }
        byte[] bytes = new byte[(int) view.attr().sizeBytes()];
        for (Extent extent : extents) {
            store.get(
                    fs.blobKey(extent.blob()),
                    extent.blobOffset(),
                    ByteBuffer.wrap(bytes, (int) extent.fileOffset(), (int) extent.lengthBytes()),
                    null);
        }
        return bytes;
    }

    private void assertSame(long one, long other) throws Exception {
        var first = fs.getattr(one);
        var second = fs.getattr(other);
        assertThat(second.mode()).isEqualTo(first.mode());
        assertThat(second.uid()).isEqualTo(first.uid());
        assertThat(second.gid()).isEqualTo(first.gid());
        assertThat(second.sizeBytes()).isEqualTo(first.sizeBytes());
        assertThat(second.allocatedBytes()).isEqualTo(first.allocatedBytes());
        assertThat(second.atime()).isEqualTo(first.atime());
        assertThat(second.mtime()).isEqualTo(first.mtime());
        assertThat(fs.listxattr(other)).isEqualTo(fs.listxattr(one));
        switch (first.type()) {
            case FILE -> assertThat(content(other)).isEqualTo(content(one));
            case SYMLINK -> assertThat(fs.readlink(other)).isEqualTo(fs.readlink(one));
            default -> throw new AssertionError("not made here");
        }
    }

    private void assertSameTree(long one, long other) throws Exception {
        assertThat(fs.getattr(other).mode()).isEqualTo(fs.getattr(one).mode());
        assertThat(fs.getattr(other).nlink()).isEqualTo(fs.getattr(one).nlink());
        assertThat(fs.getattr(other).uid()).isEqualTo(fs.getattr(one).uid());
        List<DirEntry> originals = fs.readdir(one, null, 1_000, true);
        assertThat(fs.readdir(other, null, 1_000, true)).hasSameSizeAs(originals);
        for (DirEntry entry : originals) {
            long copy = fs.lookup(other, entry.name()).ino();
            assertThat(copy).isNotEqualTo(entry.ino());
            switch (entry.type()) {
                case DIRECTORY -> assertSameTree(entry.ino(), copy);
                default -> assertSame(entry.ino(), copy);
            }
        }
    }

    private void removeTree(long parent, String name, long ino) throws Exception {
        for (DirEntry entry : fs.readdir(ino, null, 1_000, false)) {
            switch (entry.type()) {
                case DIRECTORY -> removeTree(ino, entry.name().toString(), entry.ino());
                default -> fs.unlink(ino, entry.name(), Caller.ROOT);
            }
        }
        fs.rmdir(parent, Name.of(name), Caller.ROOT);
    }

    private VolumeFs another() throws Exception {
        return VolumeFs.mount(
                new MemoryEngine(memory),
                MountSpec.of("test").withLease(Duration.ofSeconds(2)).withStore(store));
    }

    private FsckReport check() throws Exception {
        return new Fsck(new MemoryEngine(memory), store, MARKER, directory.resolve("scratch")).check(seen -> {});
    }

    private void assertClean() throws Exception {
        assertThat(check().clean()).as(() -> problems()).isTrue();
    }

    private String problems() {
        try {
            return check().problems().toString();
        } catch (Exception e) {
            return e.toString();
        }
    }

    /** Waits until unlinked files are reaped, collects, and looks for anything left over. */
    private void assertNothingLeaks() throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (true) {
            GcReport report = fs.collector(store).all(false);
            FsckReport check = check();
            if (report.waiting() == 0 && check.problems().isEmpty() && check.orphans() == 0) {
                return;
            }
            assertThat(System.nanoTime())
                    .as(() -> report + " " + check.problems())
                    .isLessThan(end);
            LockSupport.parkNanos(20_000_000);
        }
    }

    private long objects() throws Exception {
        return check().objects();
    }
}
