package dev.leat.meta.fs;

import static dev.leat.meta.fs.FsVolume.fails;
import static dev.leat.meta.fs.FsVolume.mode;
import static dev.leat.meta.fs.FsVolume.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.record.Keys;
import dev.leat.sys.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Extended attributes and POSIX ACLs. */
interface XattrContract extends FsVolume {
    /** The access ACL's attribute. */
    Bytes ACCESS = Bytes.of("system.posix_acl_access");

    /** The default ACL's attribute. */
    Bytes DEFAULT = Bytes.of("system.posix_acl_default");

    /** Sets an attribute as the super-user. */
    default void set(long ino, String name, String value, int flags) throws FsException {
        fs().setxattr(ino, Bytes.of(name), Bytes.of(value), flags, Caller.ROOT);
    }

    @Test
    default void smallAndLargeAttributesAreKept() throws Exception {
        long hard = file("hard");
        fs().link(hard, MetaFs.ROOT, name("hard2"), Caller.ROOT);
        for (long ino : List.of(file("f"), directory("d"), hard)) {
            assertThat(fs().listxattr(ino)).isEmpty();
            String large = "v".repeat(64 << 10);
            set(ino, "user.small", "1", 0);
            set(ino, "user.large", large, 0);
            set(ino, "trusted.empty", "", 0);
            assertThat(fs().getxattr(ino, Bytes.of("user.small"))).isEqualTo(Bytes.of("1"));
            assertThat(fs().getxattr(ino, Bytes.of("user.large"))).isEqualTo(Bytes.of(large));
            assertThat(fs().getxattr(ino, Bytes.of("trusted.empty"))).isEqualTo(Bytes.EMPTY);
            assertThat(fs().listxattr(ino))
                    .containsExactly(Bytes.of("trusted.empty"), Bytes.of("user.large"), Bytes.of("user.small"));
            set(ino, "user.large", "now small", 0);
            assertThat(fs().getxattr(ino, Bytes.of("user.large"))).isEqualTo(Bytes.of("now small"));
            assertThat(client().get(List.of(Keys.xattr(ino, Bytes.of("user.large"))), List.of()))
                    .isEmpty();
            fs().removexattr(ino, Bytes.of("user.small"), Caller.ROOT);
            fails(Errno.ENODATA, () -> fs().getxattr(ino, Bytes.of("user.small")));
            fails(Errno.ENODATA, () -> fs().removexattr(ino, Bytes.of("user.small"), Caller.ROOT));
        }
    }

    @Test
    default void manyAttributesFit() throws Exception {
        long f = file("f");
        for (int i = 0; i < 100; i++) {
            set(f, "user.n" + i, "x".repeat(40), 0);
        }
        assertThat(fs().listxattr(f)).hasSize(100);
        for (int i = 0; i < 100; i++) {
            assertThat(fs().getxattr(f, Bytes.of("user.n" + i)).length()).isEqualTo(40);
        }
    }

    @Test
    default void flagsAndLimitsHold() throws Exception {
        long f = file("f");
        fails(Errno.ENODATA, () -> set(f, "user.a", "1", MetaFs.XATTR_REPLACE));
        set(f, "user.a", "1", MetaFs.XATTR_CREATE);
        fails(Errno.EEXIST, () -> set(f, "user.a", "1", MetaFs.XATTR_CREATE));
        set(f, "user.a", "2", MetaFs.XATTR_REPLACE);
        fails(Errno.EINVAL, () -> set(f, "user.a", "2", 8));
        fails(Errno.E2BIG, () -> set(f, "user.big", "x".repeat((64 << 10) + 1), 0));
        fails(Errno.ERANGE, () -> set(f, "user." + "x".repeat(251), "1", 0));
        fails(Errno.EOPNOTSUPP, () -> set(f, "unknown.a", "1", 0));
        fails(Errno.ENODATA, () -> fs().getxattr(f, Bytes.of("security.capability")));
    }

    /** An ACL: owner rw, user 42 with {@code user}, group r, mask {@code mask}, others none. */
    static Bytes acl(int user, int mask) {
        int[][] entries = {{1, 6, -1}, {2, user, 42}, {4, 4, -1}, {16, mask, -1}, {32, 0, -1}};
        ByteBuffer out = ByteBuffer.allocate(4 + 8 * entries.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(2);
        for (int[] entry : entries) {
            out.putShort((short) entry[0]).putShort((short) entry[1]).putInt(entry[2]);
        }
        return Bytes.wrap(out.array());
    }

    /** An ACL that says no more than a mode. */
    static Bytes minimal(int owner, int group, int others) {
        ByteBuffer out = ByteBuffer.allocate(28).order(ByteOrder.LITTLE_ENDIAN).putInt(2);
        int[][] entries = {{1, owner}, {4, group}, {32, others}};
        for (int[] entry : entries) {
            out.putShort((short) entry[0]).putShort((short) entry[1]).putInt(-1);
        }
        return Bytes.wrap(out.array());
    }

    @Test
    default void anAccessAclAndTheModeAgree() throws Exception {
        long f = file("f");
        fs().setxattr(f, ACCESS, acl(7, 6), 0, Caller.ROOT);
        assertThat(fs().getattr(f).mode()).isEqualTo(0660);
        assertThat(fs().getxattr(f, ACCESS)).isEqualTo(acl(7, 6));
        assertThat(fs().listxattr(f)).containsExactly(ACCESS);
        fs().setattr(f, mode(0640), Caller.ROOT);
        assertThat(fs().getxattr(f, ACCESS)).isEqualTo(acl(7, 4));
        fs().setxattr(f, ACCESS, minimal(7, 5, 1), 0, Caller.ROOT);
        assertThat(fs().getattr(f).mode()).isEqualTo(0751);
        fails(Errno.ENODATA, () -> fs().getxattr(f, ACCESS));
        fails(Errno.EINVAL, () -> fs().setxattr(f, ACCESS, Bytes.of("x"), 0, Caller.ROOT));
        fails(Errno.EACCES, () -> fs().setxattr(f, DEFAULT, acl(7, 6), 0, Caller.ROOT));
    }

    @Test
    default void aDefaultAclIsInherited() throws Exception {
        long d = directory("d");
        fs().setxattr(d, DEFAULT, acl(7, 7), 0, Caller.ROOT);
        Entry file = fs().create(d, name("f"), NewNode.file(0666, 077), Caller.ROOT);
        // No umask: the mode asked for limits the owner's, the mask's and the others' entries.
        assertThat(file.attr().mode()).isEqualTo(0660);
        assertThat(fs().getxattr(file.ino(), ACCESS)).isEqualTo(acl(7, 6));
        fails(Errno.ENODATA, () -> fs().getxattr(file.ino(), DEFAULT));
        Entry sub = fs().create(d, name("s"), NewNode.directory(0777, 077), Caller.ROOT);
        assertThat(fs().getxattr(sub.ino(), DEFAULT)).isEqualTo(acl(7, 7));
        fs().removexattr(d, DEFAULT, Caller.ROOT);
        fails(Errno.ENODATA, () -> fs().getxattr(d, DEFAULT));
        assertThat(fs().create(d, name("g"), NewNode.file(0666, 077), Caller.ROOT)
                        .attr()
                        .mode())
                .isEqualTo(0600);
    }
}
