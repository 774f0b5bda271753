package dev.leat.meta.fs;

import static dev.leat.meta.fs.FsVolume.fails;
import static dev.leat.meta.fs.FsVolume.mode;
import static dev.leat.meta.fs.FsVolume.name;
import static dev.leat.meta.fs.FsVolume.owner;
import static dev.leat.meta.fs.FsVolume.times;
import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.sys.Errno;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Attributes and the rules by which they change. */
interface AttributeContract extends FsVolume {

    @Test
    default void attributesOfAllInodesChangeAlike() throws Exception {
        long hard = file("hard");
        fs().link(hard, MetaFs.ROOT, name("hard2"), Caller.ROOT);
        for (long ino : List.of(file("f"), directory("d"), hard)) {
            Attr before = fs().getattr(ino);
            Attr after = fs().setattr(ino, mode(0751), Caller.ROOT);
            assertThat(after.mode()).isEqualTo(0751);
            assertThat(after.ctime()).isGreaterThan(before.ctime());
            assertThat(after.mtime()).isEqualTo(before.mtime());
            assertThat(fs().getattr(ino)).isEqualTo(after);
            after = fs().setattr(ino, owner(5, null), Caller.ROOT);
            assertThat(List.of(after.uid(), after.gid())).containsExactly(5, 0);
            after = fs().setattr(ino, owner(null, -2), Caller.ROOT);
            assertThat(List.of(after.uid(), after.gid())).containsExactly(5, -2);
            Time atime = new Time(-77, 123_456_789);
            Time mtime = new Time(5_000_000_000L, 999_999_999);
            after = fs().setattr(ino, times(atime, mtime), Caller.ROOT);
            assertThat(after.atime()).isEqualTo(atime);
            assertThat(after.mtime()).isEqualTo(mtime);
            assertThat(fs().getattr(ino)).isEqualTo(after);
        }
        fails(Errno.ESTALE, () -> fs().setattr(424242L, mode(0), Caller.ROOT));
    }

    @Test
    default void changingTheOwnerTakesPrivilegesAway() throws Exception {
        long f = file("f");
        fs().setattr(f, mode(06755), Caller.ROOT);
        assertThat(fs().setattr(f, owner(7, 7), Caller.ROOT).mode()).isEqualTo(0755);
        fs().setattr(f, mode(06745), Caller.ROOT);
        assertThat(fs().setattr(f, owner(8, 8), Caller.ROOT).mode()).isEqualTo(02745);
        long d = directory("d");
        fs().setattr(d, mode(06755), Caller.ROOT);
        assertThat(fs().setattr(d, owner(7, 7), Caller.ROOT).mode()).isEqualTo(06755);
    }

    @Test
    default void aStrangerToTheGroupCannotSetSetgid() throws Exception {
        long f = file("f");
        fs().setattr(f, owner(1001, 50), Caller.ROOT);
        Caller stranger = new Caller(1001, 1001, 1, new int[] {60});
        Caller member = new Caller(1001, 1001, 1, new int[] {50});
        assertThat(fs().setattr(f, mode(02755), stranger).mode()).isEqualTo(0755);
        assertThat(fs().setattr(f, mode(02755), member).mode()).isEqualTo(02755);
    }

    @Test
    default void aLengthCanBeSet() throws Exception {
        long f = file("f");
        fs().setattr(f, new SetAttr(06777, null, null, null, null, null, false), Caller.ROOT);
        Attr before = fs().getattr(f);
        SetAttr longer = new SetAttr(null, null, null, 1L << 40, null, null, true);
        Attr after = fs().setattr(f, longer, ALICE);
        assertThat(after.sizeBytes()).isEqualTo(1L << 40);
        assertThat(after.allocatedBytes()).isZero();
        assertThat(after.mode()).isEqualTo(0777);
        assertThat(after.mtime()).isGreaterThan(before.mtime());
        assertThat(after.ctime()).isEqualTo(after.mtime());
        assertThat(fs().view(f).attr()).isEqualTo(after);
        fails(Errno.EISDIR, () -> fs().setattr(directory("d"), SetAttr.size(0), Caller.ROOT));
        fails(Errno.EINVAL, () -> fs().setattr(f, SetAttr.size(-1), Caller.ROOT));
    }

    @Test
    default void contentThatIsPublishedIsSeen() throws Exception {
        long f = file("f");
        FileView opened = fs().open(f);
        dev.leat.meta.engine.Bytes hello = dev.leat.meta.engine.Bytes.of("hello");
        FileView now = fs().publish(
                        List.of(new Publication(
                                f, opened.version(), List.of(new Edit.Inline(hello)), null, List.of(), false)),
                        true)
                .getFirst();
        assertThat(now).isNotNull();
        assertThat(fs().view(f).inline()).isEqualTo(hello);
        assertThat(fs().lookup(MetaFs.ROOT, name("f")).attr().sizeBytes()).isEqualTo(5);
        fs().closed(f);
        fs().rename(MetaFs.ROOT, name("f"), MetaFs.ROOT, name("g"), 0, Caller.ROOT);
        assertThat(fs().view(f).inline()).isEqualTo(hello);
    }

    @Test
    default void thereIsRoom() throws Exception {
        FsStat stat = fs().statfs(MetaFs.ROOT);
        assertThat(stat.freeBytes()).isPositive().isLessThanOrEqualTo(stat.totalBytes());
        assertThat(stat.freeInodes()).isPositive().isLessThanOrEqualTo(stat.totalInodes());
    }
}
