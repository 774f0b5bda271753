package dev.leat.meta.fs;

import static dev.leat.meta.fs.FsVolume.fails;
import static dev.leat.meta.fs.FsVolume.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.sys.Errno;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Renames and hard links in all their forms. */
interface RenameContract extends FsVolume {

    /** Renames as the super-user. */
    default void move(long parent, String name, long newParent, String newName, int flags) throws FsException {
        fs().rename(parent, name(name), newParent, name(newName), flags, Caller.ROOT);
    }

    @Test
    default void aFileMovesWithItsRecord() throws Exception {
        long d = directory("d");
        long f = file("f");
        Attr before = fs().getattr(f);
        move(MetaFs.ROOT, "f", d, "g", 0);
        assertThat(ino(MetaFs.ROOT, "f")).isNull();
        assertThat(ino(d, "g")).isEqualTo(f);
        Attr after = fs().getattr(f);
        assertThat(after.mtime()).isEqualTo(before.mtime());
        assertThat(after.ctime()).isGreaterThan(before.ctime());
        // Another client knows nothing of where it was.
        assertThat(mount(MountSpec.of("other")).getattr(f)).isEqualTo(after);
    }

    @Test
    default void aRenameReplacesAFile() throws Exception {
        long a = file("a");
        long b = file("b");
        move(MetaFs.ROOT, "a", MetaFs.ROOT, "b", 0);
        assertThat(names(MetaFs.ROOT)).containsExactly("b");
        assertThat(ino(MetaFs.ROOT, "b")).isEqualTo(a);
        assertThat(fs().getattr(a).nlink()).isEqualTo(1);
        try {
            assertThat(fs().getattr(b).nlink()).isZero();
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.ESTALE); // Reaped already.
        }
    }

    @Test
    default void aRenameRespectsTypes() throws Exception {
        directory("d");
        directory("e");
        long full = directory("full");
        file(full, "x");
        file("f");
        fails(Errno.EISDIR, () -> move(MetaFs.ROOT, "f", MetaFs.ROOT, "d", 0));
        fails(Errno.ENOTDIR, () -> move(MetaFs.ROOT, "d", MetaFs.ROOT, "f", 0));
        fails(Errno.ENOTEMPTY, () -> move(MetaFs.ROOT, "d", MetaFs.ROOT, "full", 0));
        fails(Errno.ENOENT, () -> move(MetaFs.ROOT, "missing", MetaFs.ROOT, "x", 0));
        move(MetaFs.ROOT, "d", MetaFs.ROOT, "e", 0);
        assertThat(names(MetaFs.ROOT)).containsExactly("e", "f", "full");
        assertThat(fs().getattr(MetaFs.ROOT).nlink()).isEqualTo(4);
    }

    @Test
    default void flagsMeanWhatTheyMean() throws Exception {
        long d = directory("d");
        long sub = directory(d, "sub");
        long f = file("f");
        file("g");
        fails(Errno.EEXIST, () -> move(MetaFs.ROOT, "f", MetaFs.ROOT, "g", MetaFs.RENAME_NOREPLACE));
        fails(Errno.ENOENT, () -> move(MetaFs.ROOT, "f", MetaFs.ROOT, "x", MetaFs.RENAME_EXCHANGE));
        fails(Errno.EINVAL, () -> move(MetaFs.ROOT, "f", MetaFs.ROOT, "x", 3));
        move(MetaFs.ROOT, "f", MetaFs.ROOT, "h", MetaFs.RENAME_NOREPLACE);
        move(MetaFs.ROOT, "h", d, "sub", MetaFs.RENAME_EXCHANGE);
        assertThat(ino(MetaFs.ROOT, "h")).isEqualTo(sub);
        assertThat(ino(d, "sub")).isEqualTo(f);
        assertThat(fs().parent(sub)).isEqualTo(MetaFs.ROOT);
        assertThat(fs().getattr(MetaFs.ROOT).nlink()).isEqualTo(4);
        assertThat(fs().getattr(d).nlink()).isEqualTo(2);
        fails(Errno.EINVAL, () -> move(MetaFs.ROOT, "d", d, "sub", MetaFs.RENAME_EXCHANGE));
    }

    @Test
    default void directoriesMoveBetweenParentsButNotIntoThemselves() throws Exception {
        long a = directory("a");
        long b = directory(a, "b");
        long c = directory(b, "c");
        fails(Errno.EINVAL, () -> move(MetaFs.ROOT, "a", c, "x", 0));
        fails(Errno.EINVAL, () -> move(MetaFs.ROOT, "a", a, "x", 0));
        move(b, "c", MetaFs.ROOT, "c", 0);
        assertThat(fs().parent(c)).isEqualTo(MetaFs.ROOT);
        assertThat(fs().getattr(b).nlink()).isEqualTo(2);
        assertThat(fs().getattr(MetaFs.ROOT).nlink()).isEqualTo(4);
        move(MetaFs.ROOT, "a", c, "a", 0);
        assertThat(ino(c, "a")).isEqualTo(a);
        assertThat(fs().parent(a)).isEqualTo(c);
    }

    @Test
    default void aRenameOntoItselfOrItsLinkChangesNothing() throws Exception {
        long f = file("f");
        fs().link(f, MetaFs.ROOT, name("g"), Caller.ROOT);
        move(MetaFs.ROOT, "f", MetaFs.ROOT, "f", 0);
        move(MetaFs.ROOT, "f", MetaFs.ROOT, "g", 0);
        assertThat(names(MetaFs.ROOT)).containsExactly("f", "g");
        assertThat(fs().getattr(f).nlink()).isEqualTo(2);
    }

    @Test
    default void hardLinksShareOneInode() throws Exception {
        long d = directory("d");
        long f = file("f");
        Entry linked = fs().link(f, d, name("g"), Caller.ROOT);
        assertThat(linked.ino()).isEqualTo(f);
        assertThat(linked.attr().nlink()).isEqualTo(2);
        fs().link(f, d, name("h"), Caller.ROOT);
        fs().setattr(f, FsVolume.mode(0600), Caller.ROOT);
        for (Entry entry :
                List.of(fs().lookup(MetaFs.ROOT, name("f")), fs().lookup(d, name("g")), fs().lookup(d, name("h")))) {
            assertThat(entry.ino()).isEqualTo(f);
            assertThat(entry.attr().mode()).isEqualTo(0600);
            assertThat(entry.attr().nlink()).isEqualTo(3);
        }
        move(d, "g", MetaFs.ROOT, "moved", 0);
        fs().unlink(MetaFs.ROOT, name("f"), Caller.ROOT);
        fs().unlink(d, name("h"), Caller.ROOT);
        assertThat(fs().lookup(MetaFs.ROOT, name("moved")).attr().nlink()).isEqualTo(1);
        fails(Errno.EPERM, () -> fs().link(d, MetaFs.ROOT, name("x"), Caller.ROOT));
        fails(Errno.EEXIST, () -> fs().link(f, MetaFs.ROOT, name("d"), Caller.ROOT));
        file("plain");
        move(MetaFs.ROOT, "plain", MetaFs.ROOT, "moved", 0);
        assertThat(names(MetaFs.ROOT)).containsExactly("d", "moved");
    }

    @Test
    default void anInodeHasAtMost65000Names() throws Exception {
        long f = file("f");
        fs().link(f, MetaFs.ROOT, name("g"), Caller.ROOT);
        MetaEngine engine = client();
        Value ref = engine.get(List.of(Keys.inodeRef(f)), List.of()).get(Keys.inodeRef(f));
        assertThat(ref).isNotNull();
        assertThat(InodeRef.decode(ref.bytes())).isInstanceOfSatisfying(InodeRef.Full.class, full -> {
            byte[] almost = new InodeRef.Full(full.file().withNlink(64_999)).encode();
            Write put = new Write.Put(Keys.inodeRef(f), almost);
            assertThatCode(() -> engine.commit(new Commit(null, new Stamp(97, 1), List.of(), List.of(put), false)))
                    .doesNotThrowAnyException();
        });
        assertThat(fs().link(f, MetaFs.ROOT, name("h"), Caller.ROOT).attr().nlink())
                .isEqualTo(65_000);
        fails(Errno.EMLINK, () -> fs().link(f, MetaFs.ROOT, name("i"), Caller.ROOT));
    }

    @Test
    default void exchangingWithAHardLinkKeepsBoth() throws Exception {
        long f = file("f");
        fs().link(f, MetaFs.ROOT, name("f2"), Caller.ROOT);
        long g = file("g");
        move(MetaFs.ROOT, "f", MetaFs.ROOT, "g", MetaFs.RENAME_EXCHANGE);
        assertThat(ino(MetaFs.ROOT, "f")).isEqualTo(g);
        assertThat(ino(MetaFs.ROOT, "g")).isEqualTo(f);
        assertThat(fs().getattr(f).nlink()).isEqualTo(2);
        assertThat(fs().getattr(g).nlink()).isEqualTo(1);
    }

    @Test
    default void aNameThatIsReplacedIsNeverMissing() throws Exception {
        VolumeFs other = mount(MountSpec.of("other"));
        long target = file("target");
        fs().link(target, MetaFs.ROOT, name("second"), Caller.ROOT);
        int rounds = (int) (100 * effort());
        FsThreads.run(2, thread -> {
            for (int i = 0; i < rounds; i++) {
                if (thread == 0) {
                    String fresh = "new" + i;
                    long ino = file(fresh);
                    if (i % 2 == 0) {
                        fs().link(ino, MetaFs.ROOT, name("link" + i), Caller.ROOT);
                    }
                    move(MetaFs.ROOT, fresh, MetaFs.ROOT, "target", 0);
                } else {
                    assertThat(other.lookup(MetaFs.ROOT, name("target")).attr().nlink())
                            .isPositive();
                }
            }
        });
    }
}
