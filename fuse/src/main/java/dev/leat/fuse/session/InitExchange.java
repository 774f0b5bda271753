package dev.leat.fuse.session;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.InitFlags;
import dev.leat.fuse.wire.Message;
import java.lang.foreign.MemorySegment;

/** The first request of a session: both sides say what they can. */
final class InitExchange {
    /** Length of the reply's body since protocol 7.23. */
    static final int REPLY_BYTES = 64;

    private static final int BODY = Fuse.OUT_HEADER_BYTES;

    private InitExchange() {}

    /**
     * Agrees on the lesser of both sides.
     *
     * @throws UnsupportedKernelException when the kernel is too old
     */
    static Negotiated negotiate(Message init, SessionOptions options) throws UnsupportedKernelException {
        int major = init.intAt(0);
        int minor = init.intAt(4);
        if (major != Fuse.MAJOR || minor < Fuse.MINOR_MIN) {
            throw new UnsupportedKernelException("the kernel speaks FUSE " + major + "." + minor + "; at least "
                    + Fuse.MAJOR + "." + Fuse.MINOR_MIN + " is needed: use Linux 5.4 or newer");
        }
        long offered = Integer.toUnsignedLong(init.intAt(12));
        if ((offered & InitFlags.INIT_EXT) != 0) {
            offered |= Integer.toUnsignedLong(init.intAt(16)) << 32;
        }
        long agreed = offered & options.flags();
        if (options.maxStackDepth() == 0) {
            agreed &= ~InitFlags.PASSTHROUGH;
        }
        int maxPages = (agreed & InitFlags.MAX_PAGES) != 0 ? options.maxPages() : 32;
        int maxWrite = Math.min(options.maxWriteBytes(), maxPages * 4096);
        return new Negotiated(Math.min(minor, Fuse.MINOR), agreed, maxWrite, maxPages);
    }

    /** Writes the body of the reply after the header's place. */
    static int encode(MemorySegment to, Negotiated agreed, SessionOptions options) {
        to.asSlice(BODY, REPLY_BYTES).fill((byte) 0);
        to.set(JAVA_INT, BODY, Fuse.MAJOR);
        to.set(JAVA_INT, BODY + 4, Fuse.MINOR);
        to.set(JAVA_INT, BODY + 8, options.maxReadaheadBytes());
        to.set(JAVA_INT, BODY + 12, (int) agreed.flags());
        to.set(JAVA_SHORT, BODY + 16, (short) options.maxBackground());
        to.set(JAVA_SHORT, BODY + 18, (short) options.congestionThreshold());
        to.set(JAVA_INT, BODY + 20, agreed.maxWriteBytes());
        to.set(JAVA_INT, BODY + 24, options.timeGranularityNanos());
        to.set(JAVA_SHORT, BODY + 28, (short) agreed.maxPages());
        to.set(JAVA_INT, BODY + 32, (int) (agreed.flags() >>> 32));
        to.set(JAVA_INT, BODY + 36, agreed.has(InitFlags.PASSTHROUGH) ? options.maxStackDepth() : 0);
        return BODY + REPLY_BYTES;
    }
}
