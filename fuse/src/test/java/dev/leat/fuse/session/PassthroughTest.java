package dev.leat.fuse.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.InitFlags;
import dev.leat.fuse.wire.OpenOut;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel's rules of passthrough that the file layer is built on, through a real mount. */
@SuppressWarnings("NullAway.Init") // Made before each test.
class PassthroughTest {
    private static final String BACKING = "from the backing file, and longer";
    private static final String DAEMON = "from the daemon";

    private Path backing;
    private MountFixture mounted;
    private BackingFiles files;
    private volatile int flags;
    private volatile int answered;

    private final MemoryFs fs = new MemoryFs() {
        @Override
        public OpenOut open(Request r, int openFlags, int killFlags) throws FuseException {
            return new OpenOut(super.open(r, openFlags, killFlags).fh(), flags, answered);
        }
    };

    @BeforeEach
    void mount() throws IOException {
        // In memory: the kernel refuses a backing file on a file system that is itself stacked, such as a container's.
        backing = Files.createTempFile(Path.of("/dev/shm"), "leat-", ".backing");
        Files.writeString(backing, BACKING);
        mounted = MountFixture.mount(fs, SessionOptions.defaults().withPassthrough());
        files = mounted.session().backingFiles();
        fs.put("a", DAEMON.getBytes(UTF_8));
    }

    @AfterEach
    void unmount() throws IOException {
        mounted.close();
        Files.delete(backing);
    }

    /** Registers the backing file; skips the test where the kernel or this process may not. */
    private int register() throws IOException {
        assumeTrue(mounted.session().negotiated().has(InitFlags.PASSTHROUGH), "the kernel has no passthrough");
        try (FileHandle file = FileHandle.open(backing, Open.RDONLY, 0)) {
            return files.open(file.descriptor());
        } catch (ErrnoException e) {
            assumeTrue(e.errno() != Errno.EPERM, "needs CAP_SYS_ADMIN in the first user namespace");
            throw e;
        }
    }

    private FileHandle open(int openFlags, int backingId) throws ErrnoException {
        flags = openFlags;
        answered = backingId;
        return FileHandle.open(mounted.path("a"), Open.RDONLY, 0);
    }

    private void isRefused(int openFlags, int backingId) {
        assertThatThrownBy(() -> open(openFlags, backingId))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
    }

    private static String read(FileHandle file) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment to = arena.allocate(100);
            int length = (int) file.pread(to, 0);
            return new String(to.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), UTF_8);
        }
    }

    @Test
    void aRegisteredFileIsReadWithoutARequest() throws IOException {
        int id = register();
        try (FileHandle file = open(Fuse.FOPEN_PASSTHROUGH, id)) {
            assertThat(read(file)).isEqualTo(BACKING);
            files.close(id);
            assertThat(read(file)).as("forgotten while it is open").isEqualTo(BACKING);
        }
        assertThat(mounted.count("READ")).isZero();
    }

    @Test
    void allOpensOfANodeHaveToAgree() throws Exception {
        int id = register();
        int other = register();
        try (FileHandle file = open(Fuse.FOPEN_PASSTHROUGH, id);
                FileHandle same = open(Fuse.FOPEN_PASSTHROUGH, id)) {
            isRefused(0, 0);
            isRefused(Fuse.FOPEN_KEEP_CACHE, 0);
            isRefused(Fuse.FOPEN_DIRECT_IO, 0);
            isRefused(Fuse.FOPEN_PASSTHROUGH | Fuse.FOPEN_KEEP_CACHE, id);
            isRefused(Fuse.FOPEN_PASSTHROUGH, other);
            assertThat(read(file)).isEqualTo(read(same)).isEqualTo(BACKING);
        }
        // After the last close the node may be served in another way, and the other way round.
        try (FileHandle file = open(0, 0)) {
            isRefused(Fuse.FOPEN_PASSTHROUGH, id);
            assertThat(read(file)).isEqualTo(DAEMON);
        }
        try (FileHandle file = open(Fuse.FOPEN_PASSTHROUGH, other)) {
            assertThat(read(file)).isEqualTo(BACKING);
        }
        files.close(id);
        files.close(other);
        MountFixture.await("every open is released, refused ones as well", () -> fs.openHandles.get() == 0);
    }

    @Test
    void anIdThatIsNotKnownIsRefused() throws IOException {
        int id = register();
        files.close(id);
        isRefused(Fuse.FOPEN_PASSTHROUGH, id);
        assertThatThrownBy(() -> files.close(id)).isInstanceOf(ErrnoException.class);
    }

    @Test
    void anOpenThatIsStaleIsLookedUpAgain() throws Exception {
        long old = fs.put("b", "old".getBytes(UTF_8)).ino;
        mounted.close();
        MemoryFs replaced = new MemoryFs() {
            @Override
            public OpenOut open(Request r, int openFlags, int killFlags) throws FuseException {
                if (r.nodeid() == old) {
                    put("b", "new".getBytes(UTF_8));
                    throw new FuseException(Errno.ESTALE);
                }
                return super.open(r, openFlags, killFlags);
            }
        };
        replaced.put("a", DAEMON.getBytes(UTF_8));
        assertThat(replaced.put("b", "old".getBytes(UTF_8)).ino).isEqualTo(old);
        mounted = MountFixture.mount(replaced, SessionOptions.defaults());
        assertThat(Files.size(mounted.path("b"))).isEqualTo(3);
        assertThat(Files.readString(mounted.path("b"))).isEqualTo("new");
    }
}
