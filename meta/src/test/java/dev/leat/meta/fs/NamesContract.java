package dev.leat.meta.fs;

import static dev.leat.meta.fs.FsVolume.fails;
import static dev.leat.meta.fs.FsVolume.list;
import static dev.leat.meta.fs.FsVolume.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.engine.Bytes;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Making, finding, listing and removing names. */
interface NamesContract extends FsVolume {

    @Test
    default void aNewFileIsFoundWithItsAttributes() throws Exception {
        Entry made = fs().create(MetaFs.ROOT, name("f"), NewNode.file(0666, 022), ALICE);
        Entry found = fs().lookup(MetaFs.ROOT, name("f"));
        assertThat(found).isEqualTo(made);
        assertThat(found.attr().mode()).isEqualTo(0644);
        assertThat(found.attr().uid()).isEqualTo(1001);
        assertThat(found.attr().gid()).isEqualTo(1001);
        assertThat(found.attr().nlink()).isEqualTo(1);
        assertThat(found.attr().type()).isEqualTo(FileType.FILE);
        assertThat(fs().getattr(made.ino())).isEqualTo(made.attr());
        assertThat(made.attr().mtime()).isEqualTo(made.attr().ctime());
    }

    @Test
    default void everyTypeCanBeMade() throws Exception {
        for (FileType type : FileType.values()) {
            NewNode node =
                    switch (type) {
                        case SYMLINK -> NewNode.symlink(Bytes.of("target/of/it"));
                        case CHARACTER_DEVICE, BLOCK_DEVICE -> new NewNode(type, 0600, 0, 0x12345, null);
                        case FILE, DIRECTORY, FIFO, SOCKET -> new NewNode(type, 0600, 0, 0, null);
                    };
            Entry made = fs().create(MetaFs.ROOT, name(type.name()), node, Caller.ROOT);
            Attr attr = fs().lookup(MetaFs.ROOT, name(type.name())).attr();
            assertThat(attr).isEqualTo(made.attr());
            assertThat(attr.type()).isEqualTo(type);
            assertThat(attr.rdev()).isEqualTo(node.rdev());
        }
        Entry link = fs().lookup(MetaFs.ROOT, name("SYMLINK"));
        assertThat(fs().readlink(link.ino())).isEqualTo(Bytes.of("target/of/it"));
        assertThat(link.attr().sizeBytes()).isEqualTo(12);
        assertThat(link.attr().mode()).isEqualTo(0777);
        fails(
                Errno.EINVAL,
                () -> fs().readlink(fs().lookup(MetaFs.ROOT, name("FILE")).ino()));
    }

    @Test
    default void whatIsThereCannotBeMadeAgain() throws Exception {
        file("f");
        directory("d");
        for (String name : List.of("f", "d")) {
            fails(Errno.EEXIST, () -> file(name));
            fails(Errno.EEXIST, () -> directory(name));
        }
    }

    @Test
    default void whatIsNotThereIsNotFound() throws Exception {
        long file = file("f");
        fails(Errno.ENOENT, () -> fs().lookup(MetaFs.ROOT, name("missing")));
        fails(Errno.ENOENT, () -> fs().unlink(MetaFs.ROOT, name("missing"), Caller.ROOT));
        fails(Errno.ENOENT, () -> fs().rmdir(MetaFs.ROOT, name("missing"), Caller.ROOT));
        fails(Errno.ENOTDIR, () -> fs().lookup(file, name("x")));
        fails(Errno.ENOTDIR, () -> file(file, "x"));
        fails(Errno.ENOTDIR, () -> fs().readdir(file, null, 10, false));
        fails(Errno.ENOTDIR, () -> fs().rmdir(MetaFs.ROOT, name("f"), Caller.ROOT));
        fails(Errno.ENOENT, () -> file(987654321L, "x"));
        fails(Errno.ESTALE, () -> fs().getattr(987654321L));
    }

    @Test
    default void aDirectoryCountsItsSubdirectories() throws Exception {
        assertThat(fs().getattr(MetaFs.ROOT).nlink()).isEqualTo(2);
        long a = directory("a");
        directory("b");
        file("f");
        assertThat(fs().getattr(MetaFs.ROOT).nlink()).isEqualTo(4);
        assertThat(fs().getattr(a).nlink()).isEqualTo(2);
        fs().rmdir(MetaFs.ROOT, name("b"), Caller.ROOT);
        assertThat(fs().getattr(MetaFs.ROOT).nlink()).isEqualTo(3);
        assertThat(fs().lookup(MetaFs.ROOT, name("a")).attr().nlink()).isEqualTo(2);
        assertThat(fs().parent(a)).isEqualTo(MetaFs.ROOT);
        assertThat(fs().parent(MetaFs.ROOT)).isEqualTo(MetaFs.ROOT);
    }

    @Test
    default void operationsInADirectoryMoveItsTimes() throws Exception {
        long d = directory("d");
        Time old = new Time(1_000_000, 5);
        List<Step> steps = List.of(
                () -> file(d, "f"),
                () -> directory(d, "sub"),
                () -> fs().link(fs().lookup(d, name("f")).ino(), d, name("g"), Caller.ROOT),
                () -> fs().rename(d, name("g"), d, name("h"), 0, Caller.ROOT),
                () -> fs().unlink(d, name("h"), Caller.ROOT),
                () -> fs().rmdir(d, name("sub"), Caller.ROOT));
        for (Step step : steps) {
            Attr set = fs().setattr(d, FsVolume.times(null, old), Caller.ROOT);
            assertThat(set.mtime()).isEqualTo(old);
            assertThat(fs().getattr(d).mtime()).isEqualTo(old);
            Time ctime = set.ctime();
            step.run();
            Attr after = fs().getattr(d);
            assertThat(after.mtime()).isGreaterThan(old);
            assertThat(after.ctime()).isGreaterThanOrEqualTo(ctime);
            assertThat(after.mtime()).isEqualTo(after.ctime());
        }
    }

    @Test
    default void listingIsInOrderAndComplete() throws Exception {
        long d = directory("d");
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String name = "n%03d".formatted(i);
            expected.add(name);
            if (i % 3 == 0) {
                directory(d, name);
            } else {
                file(d, name);
            }
        }
        assertThat(names(d)).isEqualTo(expected);
        assertThat(names(directory("empty"))).isEmpty();
        fs().link(fs().lookup(d, name("n001")).ino(), d, name("z"), Caller.ROOT);
        for (DirEntry entry : list(fs(), d, 7, true)) {
            Entry looked = fs().lookup(d, entry.name());
            assertThat(entry.attr()).isEqualTo(looked.attr());
            assertThat(entry.ino()).isEqualTo(looked.ino());
            assertThat(entry.type()).isEqualTo(looked.attr().type());
        }
        for (DirEntry entry : list(fs(), d, 7, false)) {
            assertThat(entry.attr()).isNull();
        }
    }

    @Test
    default void namesOfAnyBytesAndFullLengthWork() throws Exception {
        byte[] odd = {(byte) 0xff, 0x01, ' ', '\n', (byte) 0x80};
        Name strange = Name.of(odd);
        fs().create(MetaFs.ROOT, strange, NewNode.file(0600, 0), Caller.ROOT);
        assertThat(list(fs(), MetaFs.ROOT, 10, false).getFirst().name()).isEqualTo(strange);
        Name longest = Name.of("x".repeat(255));
        long ino = fs().create(MetaFs.ROOT, longest, NewNode.file(0600, 0), Caller.ROOT)
                .ino();
        fs().link(ino, MetaFs.ROOT, Name.of("y".repeat(255)), Caller.ROOT);
        assertThat(fs().lookup(MetaFs.ROOT, longest).ino()).isEqualTo(ino);
        fails(Errno.ENAMETOOLONG, () -> Name.of("x".repeat(256)));
        fails(
                Errno.ENAMETOOLONG,
                () -> fs().create(MetaFs.ROOT, name("s"), NewNode.symlink(Bytes.of("t".repeat(4096))), Caller.ROOT));
    }

    @Test
    default void onlyAnEmptyDirectoryCanBeRemoved() throws Exception {
        long d = directory("d");
        file(d, "f");
        fails(Errno.ENOTEMPTY, () -> fs().rmdir(MetaFs.ROOT, name("d"), Caller.ROOT));
        fails(Errno.EISDIR, () -> fs().unlink(MetaFs.ROOT, name("d"), Caller.ROOT));
        fs().unlink(d, name("f"), Caller.ROOT);
        fs().rmdir(MetaFs.ROOT, name("d"), Caller.ROOT);
        assertThat(ino(MetaFs.ROOT, "d")).isNull();
        fails(Errno.ENOENT, () -> file(d, "late"));
        assertThat(fs().getattr(d).nlink()).isZero();
        assertThat(fs().readdir(d, null, 10, true)).isEmpty();
    }

    @Test
    default void aDeepPathIsWalkedUpAndDown() throws Exception {
        long at = MetaFs.ROOT;
        List<Long> path = new ArrayList<>(List.of(at));
        for (int i = 0; i < 100; i++) {
            at = directory(at, "d" + i);
            path.add(at);
        }
        file(at, "leaf");
        for (int i = path.size() - 1; i > 0; i--) {
            assertThat(fs().parent(path.get(i))).isEqualTo(path.get(i - 1));
        }
        fails(Errno.EINVAL, () -> fs().rename(MetaFs.ROOT, name("d0"), path.getLast(), name("x"), 0, Caller.ROOT));
    }

    @Test
    default void theSetgidBitOfADirectoryIsInherited() throws Exception {
        long d = directory("d");
        fs().setattr(d, FsVolume.owner(0, 77), Caller.ROOT);
        fs().setattr(d, FsVolume.mode(02777), Caller.ROOT);
        Attr file = fs().create(d, name("f"), NewNode.file(0644, 0), ALICE).attr();
        assertThat(file.gid()).isEqualTo(77);
        assertThat(file.mode()).isEqualTo(0644);
        Attr sub =
                fs().create(d, name("s"), NewNode.directory(0755, 022), ALICE).attr();
        assertThat(sub.gid()).isEqualTo(77);
        assertThat(sub.mode()).isEqualTo(02755);
    }

    @Test
    default void aStickyDirectoryProtectsWhatIsInIt() throws Exception {
        long d = directory("d");
        fs().setattr(d, FsVolume.mode(01777), Caller.ROOT);
        for (String name : List.of("one", "two", "three")) {
            fs().create(d, name(name), NewNode.file(0666, 0), ALICE);
        }
        fs().create(d, name("dir"), NewNode.directory(0777, 0), ALICE);
        fails(Errno.EPERM, () -> fs().unlink(d, name("one"), BOB));
        fails(Errno.EPERM, () -> fs().rmdir(d, name("dir"), BOB));
        fails(Errno.EPERM, () -> fs().rename(d, name("one"), MetaFs.ROOT, name("x"), 0, BOB));
        fs().create(MetaFs.ROOT, name("bobs"), NewNode.file(0666, 0), BOB);
        fails(Errno.EPERM, () -> fs().rename(MetaFs.ROOT, name("bobs"), d, name("one"), 0, BOB));
        fs().unlink(d, name("one"), ALICE);
        fs().unlink(d, name("two"), Caller.ROOT);
        fs().setattr(d, FsVolume.owner(1002, null), Caller.ROOT);
        fs().unlink(d, name("three"), BOB);
    }

    /** Something that may fail. */
    interface Step {
        /** Does it. */
        void run() throws Exception;
    }
}
