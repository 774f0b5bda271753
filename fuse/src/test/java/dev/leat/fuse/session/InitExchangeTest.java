package dev.leat.fuse.session;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.InitFlags;
import dev.leat.fuse.wire.Message;
import dev.leat.fuse.wire.Opcode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is agreed on with kernels of several ages. */
class InitExchangeTest {
    private static Message init(int minor, long offered) {
        MemorySegment memory = Arena.ofAuto().allocate(4096, 8);
        memory.set(JAVA_INT, 0, 104);
        memory.set(JAVA_INT, 4, Opcode.INIT);
        memory.set(JAVA_INT, 40, Fuse.MAJOR);
        memory.set(JAVA_INT, 44, minor);
        memory.set(JAVA_INT, 48, 128 * 1024);
        memory.set(JAVA_INT, 52, (int) offered);
        memory.set(JAVA_INT, 56, (int) (offered >>> 32));
        return new Message().over(memory, 104);
    }

    @Test
    void onlyWhatBothSidesHonourIsTaken() throws Exception {
        Negotiated agreed = InitExchange.negotiate(init(45, -1L), SessionOptions.defaults());
        assertThat(agreed.flags()).isEqualTo(SessionOptions.BASE_FLAGS);
        assertThat(agreed.has(InitFlags.WRITEBACK_CACHE)).isFalse();
        assertThat(agreed.has(InitFlags.PASSTHROUGH)).isFalse();
        assertThat(agreed.maxReadBytes()).isEqualTo(1 << 20);
        MemorySegment reply = Arena.ofAuto().allocate(4096, 8);
        assertThat(InitExchange.encode(reply, agreed, SessionOptions.defaults()))
                .isEqualTo(16 + 64);
        assertThat(reply.get(JAVA_INT, 16 + 4)).isEqualTo(45);
        assertThat(reply.get(JAVA_SHORT, 16 + 16)).isEqualTo((short) 256);
        assertThat(reply.get(JAVA_INT, 16 + 20)).isEqualTo(1 << 20);
        assertThat(reply.get(JAVA_SHORT, 16 + 28)).isEqualTo((short) 256);
        assertThat(reply.get(JAVA_INT, 16 + 36)).isZero();
    }

    @Test
    void passthroughComesWithItsStackDepth() throws Exception {
        SessionOptions options = SessionOptions.defaults().withPassthrough();
        Negotiated agreed = InitExchange.negotiate(init(45, -1L), options);
        assertThat(agreed.has(InitFlags.PASSTHROUGH)).isTrue();
        MemorySegment reply = Arena.ofAuto().allocate(4096, 8);
        InitExchange.encode(reply, agreed, options);
        assertThat(reply.get(JAVA_INT, 16 + 36)).isEqualTo(1);
        assertThat(reply.get(JAVA_INT, 16 + 32) & (1 << 5)).isNotZero();
    }

    @Test
    void olderKernelsGetLess() throws Exception {
        long base = InitFlags.ASYNC_READ | InitFlags.BIG_WRITES;
        Negotiated agreed = InitExchange.negotiate(init(31, base | 1L << 40), SessionOptions.defaults());
        assertThat(agreed.flags()).isEqualTo(base);
        assertThat(agreed.minor()).isEqualTo(31);
        assertThat(agreed.maxPages()).as("without MAX_PAGES").isEqualTo(32);
        assertThat(agreed.maxWriteBytes()).isEqualTo(32 * 4096);
        assertThatThrownBy(() -> InitExchange.negotiate(init(30, base), SessionOptions.defaults()))
                .isInstanceOf(UnsupportedKernelException.class)
                .hasMessageContaining("7.30")
                .hasMessageContaining("Linux 5.4");
    }

    @Test
    void optionsThatCannotWorkAreRefused() {
        SessionOptions options = SessionOptions.defaults();
        assertThatThrownBy(() -> options.withFlags(InitFlags.WRITEBACK_CACHE)).hasMessageContaining("passthrough");
        assertThatThrownBy(() -> options.withThreads(0)).hasMessageContaining("threads");
        assertThatThrownBy(() -> options.withDeadline(Duration.ZERO)).hasMessageContaining("deadline");
    }
}
