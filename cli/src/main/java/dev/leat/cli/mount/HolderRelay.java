package dev.leat.cli.mount;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.leat.fuse.session.NotifyRelay;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes notifications to the shell beside the holder that hands them to the kernel; see {@code relay} in the launcher. A message goes there as four digits, which tell the
 * length of the rest, and a format of the shell's {@code printf}.
 */
final class HolderRelay implements NotifyRelay, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HolderRelay.class);

    /** Digits of the length. */
    private static final int LENGTH_CHARS = 4;

    /** A byte that is no letter and no digit: a backslash and three octal digits. */
    private static final int BYTE_CHARS = 4;

    private final FileOutputStream pipe;
    private final Runnable onLoss;
    private byte[] text = new byte[1024];
    private volatile boolean lost;

    /**
     * Opens it.
     *
     * @param pipe that the shell reads
     * @param onLoss is run once if the shell is gone, with messages that it may not have handed on
     */
    HolderRelay(FileOutputStream pipe, Runnable onLoss) {
        this.pipe = pipe;
        this.onLoss = onLoss;
    }

    @Override
    public synchronized boolean send(MemorySegment message) {
        if (lost) {
            return false;
        }
        try {
            int chars = encode(message);
            pipe.write(text, 0, chars);
            return true;
        } catch (IOException e) {
            if (lost) {
                // Closed meanwhile, at the end of the mount.
                return false;
            }
            lost = true;
            log.warn(
                    "what tells the kernel of changes has ended, the daemon does it by itself now: {}", e.getMessage());
            onLoss.run();
            return false;
        }
    }

    private int encode(MemorySegment message) {
        int bytes = (int) message.byteSize();
        if (text.length < LENGTH_CHARS + BYTE_CHARS * bytes) {
            text = new byte[LENGTH_CHARS + BYTE_CHARS * bytes];
        }
        int at = LENGTH_CHARS;
        for (int i = 0; i < bytes; i++) {
            int b = message.get(JAVA_BYTE, i) & 0xff;
            if (isPlain(b)) {
                text[at++] = (byte) b;
            } else {
                text[at++] = '\\';
                text[at++] = (byte) ('0' + (b >> 6));
                text[at++] = (byte) ('0' + (b >> 3 & 7));
                text[at++] = (byte) ('0' + (b & 7));
            }
        }
        int length = at - LENGTH_CHARS;
        for (int i = LENGTH_CHARS - 1; i >= 0; i--) {
            text[i] = (byte) ('0' + length % 10);
            length /= 10;
        }
        return at;
    }

    private static boolean isPlain(int b) {
        return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
    }

    @Override
    public void close() {
        // Without the lock: a message may be waiting for room in the pipe.
        lost = true;
        try {
            pipe.close();
        } catch (IOException e) {
            log.debug("pipe to the holder: {}", e.getMessage());
        }
    }
}
