package dev.leat.fuse.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.leat.fuse.session.FuseOperations;
import dev.leat.fuse.session.MountFixture;
import dev.leat.fuse.session.SessionOptions;
import dev.leat.sys.Descriptors;
import dev.leat.sys.Fs;
import dev.leat.sys.Open;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mounting, its options and its refusals. */
class MountTest {
    private static final FuseOperations NOTHING = new FuseOperations() {};

    @Test
    void optionsAreThoseOfMount() {
        MountOptions options = MountOptions.defaults("data", true).apply("ro,noatime,nodev,max_read=131072,_netdev");
        assertThat(options.readOnly()).isTrue();
        assertThat(options.flags()).containsExactlyInAnyOrder("ro", "noatime", "nodev");
        assertThat(options.mountFlags()).isEqualTo(1 | 4 | 1024);
        assertThat(options.kernelData(0, 0))
                .isEqualTo(",rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions,max_read=131072");
        assertThat(options.apply("rw,dev,fsname=other").flags()).containsExactly("noatime");
        assertThat(options.apply("fsname=other").source()).isEqualTo("leat:other");
        assertThat(options.type()).isEqualTo("fuse.leat");
        MountOptions user = MountOptions.defaults("data", false);
        assertThat(user.allowOther()).isFalse();
        assertThat(user.helperOptions()).contains("nosuid").contains("fsname=leat:data");
    }

    @Test
    void wrongOptionsAreNamed() {
        MountOptions options = MountOptions.defaults("data", true);
        assertThatThrownBy(() -> options.apply("ro,sparkling"))
                .hasMessageContaining("sparkling")
                .hasMessageContaining("allow_other");
        assertThatThrownBy(() -> options.apply("ro=yes")).hasMessageContaining("ro=yes");
        assertThatThrownBy(() -> options.apply("max_read=big")).hasMessageContaining("big");
        assertThatThrownBy(() -> options.apply("max_read=12")).hasMessageContaining("4096");
        assertThatThrownBy(() -> MountOptions.defaults("a,suid", true)).hasMessageContaining("comma");
    }

    @Test
    void aLineOfTheMountTable() {
        MountInfo info = MountInfo.parse(
                "36 35 0:98 / /mnt/with\\040blank rw,noatime shared:1 master:2 - fuse.leat leat:data rw,user_id=0");
        assertThat(info)
                .isEqualTo(new MountInfo(
                        "0:98", Path.of("/mnt/with blank"), "rw,noatime", "fuse.leat", "leat:data", "rw,user_id=0"));
        assertThatThrownBy(() -> MountInfo.parse("nonsense")).hasMessageContaining("nonsense");
    }

    @Test
    void badPlacesAreRefused(@TempDir Path dir) throws IOException {
        MountOptions options = MountOptions.defaults("data", true);
        Path file = Files.createFile(dir.resolve("file"));
        assertThatThrownBy(() -> FuseMount.mount(dir.resolve("missing"), options))
                .isInstanceOf(MountException.class)
                .hasMessageContaining("create the directory");
        assertThatThrownBy(() -> FuseMount.mount(file, options))
                .isInstanceOf(MountException.class)
                .hasMessageContaining("not a directory");
        try (MountFixture mounted = MountFixture.mount(NOTHING, SessionOptions.defaults())) {
            assertThatThrownBy(() -> FuseMount.mount(mounted.root(), options))
                    .isInstanceOf(MountException.class)
                    .hasMessageContaining("mount point already (fuse.leat of leat:test)");
        }
    }

    @Test
    void theMountTableAndReadAhead() throws IOException {
        try (MountFixture mounted = MountFixture.mount(NOTHING, SessionOptions.defaults())) {
            MountInfo info = MountInfo.at(mounted.root()).orElseThrow();
            assertThat(info.type()).isEqualTo("fuse.leat");
            assertThat(info.source()).isEqualTo("leat:test");
            assertThat(info.superOptions()).contains("default_permissions").contains("allow_other");
            mounted.mount().setReadAhead(2048);
            assertThat(Files.readString(Path.of("/sys/class/bdi", info.device(), "read_ahead_kb"))
                            .strip())
                    .isEqualTo("2048");
        }
    }

    @Test
    void throughFusermount() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/fusermount3")), "needs fusermount3");
        try (MountFixture mounted = MountFixture.mount(NOTHING, SessionOptions.defaults(), FuseMount.Method.HELPER)) {
            assertThat(MountInfo.at(mounted.root()).orElseThrow().source()).isEqualTo("leat:test");
            mounted.mount().unmount(false);
            assertThat(MountInfo.at(mounted.root())).isEmpty();
            assertThatThrownBy(() -> mounted.mount().unmount(false))
                    .isInstanceOf(MountException.class)
                    .hasMessageContaining(mounted.root().toString());
        }
    }

    @Test
    void aSocketIsAnInheritedDescriptorToo() throws IOException {
        int[] ends = Descriptors.socketpair();
        try {
            FuseMount mount = FuseMount.inherit(Path.of("/dev/fd/" + ends[0]));
            assertThat(mount.method()).isEqualTo(FuseMount.Method.INHERITED);
            assertThat(mount.descriptor()).isEqualTo(ends[0]);
        } finally {
            Fs.close(ends[0]);
            Fs.close(ends[1]);
        }
    }

    @Test
    void inheritedDescriptors() throws IOException {
        MountFixture.requireFuse();
        int fd = Fs.open(Path.of("/dev/fuse"), Open.RDWR, 0);
        try {
            FuseMount mount = FuseMount.inherit(Path.of("/dev/fd/" + fd));
            assertThat(mount.descriptor()).isEqualTo(fd);
            assertThatThrownBy(() -> mount.unmount(false)).hasMessageContaining("somebody else");
        } finally {
            Fs.close(fd);
        }
        assertThatThrownBy(() -> FuseMount.inherit(Path.of("/dev/fd/0"))).isInstanceOf(MountException.class);
        assertThatThrownBy(() -> FuseMount.inherit(Path.of("/dev/fd/12345"))).isInstanceOf(MountException.class);
        assertThatThrownBy(() -> FuseMount.inherit(Path.of("/tmp"))).hasMessageContaining("/dev/fd/N");
    }
}
