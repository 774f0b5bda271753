package dev.leat.fuse.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.OpenOut;
import dev.leat.fuse.wire.ReadIn;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A read that is answered on the thread that took it allocates nothing for being counted. */
class AllocationTest {
    private static final int READS = 20_000;
    private static final int ROUNDS_MAX = 30;

    /** What a reply itself makes: views of its memory, as long as the JIT has not taken them away. */
    private static final long BYTES_PER_READ_MAX = 128;

    @Test
    void readsThatHitAllocateNextToNothing() throws Exception {
        MemoryFs fs = new MemoryFs() {
            @Override
            public OpenOut open(Request request, int flags, int openFlags) {
                return new OpenOut(1, Fuse.FOPEN_DIRECT_IO);
            }

            @Override
            public boolean tryRead(Request request, ReadIn in, ReadReply reply) {
                reply.buffer();
                reply.filled(in.size());
                return true;
            }
        };
        AccessLog nobody = new AccessLog() {
            @Override
            public boolean listening() {
                return false;
            }

            @Override
            public void answered(AccessRecord request) {
                throw new AssertionError("nobody listens");
            }
        };
        SessionOptions options = SessionOptions.defaults().withAccessLog(nobody);
        try (MountFixture mounted = MountFixture.mount(fs, options);
                Arena arena = Arena.ofConfined()) {
            FileHandle.open(mounted.path("file"), Open.CREAT | Open.WRONLY, 0600)
                    .close();
            MemorySegment page = arena.allocate(4096, 4096);
            try (FileHandle file = FileHandle.open(mounted.path("file"), Open.RDONLY, 0)) {
                long least = Long.MAX_VALUE;
                int rounds = 0;
                // The compiler comes when it comes: on a busy machine later than in the third round.
                while (rounds < 3 || (least / READS >= BYTES_PER_READ_MAX && rounds < ROUNDS_MAX)) {
                    long before = allocated();
                    for (int i = 0; i < READS; i++) {
                        assertThat(file.pread(page, 0)).isEqualTo(4096);
                    }
                    least = Math.min(least, allocated() - before);
                    rounds++;
                }
                assertThat(mounted.count("READ")).isEqualTo((long) rounds * READS);
                assertThat(least / READS).as("bytes for each read").isLessThan(BYTES_PER_READ_MAX);
            }
        }
    }

    /** Bytes that the session threads have allocated so far. */
    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        List<Long> ids = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("fuse-[0-9]+-[0-9]+"))
                .map(Thread::threadId)
                .toList();
        assertThat(ids).as("session threads").isNotEmpty();
        return ids.stream().mapToLong(threads::getThreadAllocatedBytes).sum();
    }
}
