package dev.leat.meta.fs;

import dev.leat.meta.engine.Bytes;
import dev.leat.sys.Errno;
import java.nio.charset.StandardCharsets;

/**
 * One name in a directory: 1 to 255 bytes without {@code /} and NUL, not {@code .} or {@code ..}; any other bytes, UTF-8
 * or not.
 *
 * @param bytes the bytes
 */
public record Name(Bytes bytes) implements Comparable<Name> {
    /** Longest name in bytes, as everywhere on Linux. */
    public static final int BYTES_MAX = 255;

    /**
     * Checks and wraps a name; {@code bytes} must not be changed afterwards.
     *
     * @throws FsException ENAMETOOLONG or EINVAL
     */
    public static Name of(byte[] bytes) throws FsException {
        if (bytes.length > BYTES_MAX) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
        boolean dots = bytes.length <= 2;
        for (byte b : bytes) {
            if (b == '/' || b == 0) {
                throw new FsException(Errno.EINVAL);
            }
            dots &= b == '.';
        }
        if (dots) {
            throw new FsException(Errno.EINVAL);
        }
        return new Name(Bytes.wrap(bytes));
    }

    /** The name in UTF-8. */
    public static Name of(String text) throws FsException {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int compareTo(Name other) {
        return bytes.compareTo(other.bytes);
    }

    /** The name as text, for messages; bytes that are no UTF-8 are replaced. */
    @Override
    public String toString() {
        return new String(bytes.unsafeArray(), StandardCharsets.UTF_8);
    }
}
