package dev.leat.store.s3;

import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.SdkHttpResponse;

/**
 * Reads the body of an answer straight into a caller's buffer. A heap buffer is the target of the socket's own copy; for
 * a direct one the bytes go through a small array, because the stream below knows arrays only. The arrays are kept in a
 * bounded pool: clearing a new one for every read would cost as much as the copy.
 */
final class RangeReader {
    /** One read of a JDK socket returns at most this much. */
    private static final int PIECE_BYTES = 128 << 10;

    /** Together 8 MiB; more readers at a time allocate. */
    private static final int PIECES_KEPT = 64;

    private static final Pattern RANGE = Pattern.compile("bytes (\\d+)-\\d+/(\\d+)");

    private final ArrayBlockingQueue<byte[]> pieces = new ArrayBlockingQueue<>(PIECES_KEPT);

    /**
     * Fills {@code destination} from its position to its limit with the body of an answer.
     *
     * @param what the request, for messages
     * @param offset first byte asked for
     * @param ifMatch the ETag asked for, without quotes, or null
     */
    void read(
            String what,
            long offset,
            ByteBuffer destination,
            @Nullable String ifMatch,
            SdkHttpResponse answer,
            InputStream body)
            throws IOException {
        int start = destination.position();
        int length = destination.remaining();
        boolean whole = check(what, offset, length, ifMatch, answer);
        try {
            fill(destination, body);
        } catch (EOFException e) {
            throw new StoreException(
                    Kind.CORRUPT,
                    "cannot " + what + ": the body ended after " + (destination.position() - start) + " bytes, "
                            + destination.remaining() + " short",
                    e);
        }
        if (body.read() >= 0) {
            throw new StoreException(Kind.CORRUPT, "cannot " + what + ": the body is longer than asked for");
        }
        if (whole && !checksumMatches(answer, destination.duplicate().flip().position(start))) {
            throw new StoreException(
                    Kind.CORRUPT, "cannot " + what + ": the bytes do not have the checksum that was sent");
        }
    }

    /**
     * Fills {@code destination} from its position on with the body of an answer to a request for an object's last bytes.
     *
     * @return the object's size
     */
    long readTail(String what, ByteBuffer destination, SdkHttpResponse answer, InputStream body) throws IOException {
        int start = destination.position();
        String range = answer.firstMatchingHeader("Content-Range").orElse(null);
        long size;
        long first = 0;
        try {
            if (range == null) {
                size = Long.parseLong(
                        answer.firstMatchingHeader("Content-Length").orElse(""));
            } else {
                Matcher matcher = RANGE.matcher(range);
                if (!matcher.matches()) {
                    throw new StoreException(Kind.INVALID, "cannot " + what + ": the server has '" + range + "'");
                }
                first = Long.parseLong(matcher.group(1));
                size = Long.parseLong(matcher.group(2));
            }
        } catch (NumberFormatException e) {
            throw new StoreException(Kind.INVALID, "cannot " + what + ": the server does not say how long it is", e);
        }
        if (size - first != Math.min(size, destination.remaining())) {
            throw new StoreException(Kind.INVALID, "cannot " + what + ": the server ignores ranges");
        }
        ByteBuffer part = destination.slice(start, (int) (size - first));
        try {
            fill(part, body);
        } catch (EOFException e) {
            throw new StoreException(
                    Kind.CORRUPT, "cannot " + what + ": the body ended " + part.remaining() + " bytes short", e);
        }
        if (body.read() >= 0) {
            throw new StoreException(Kind.CORRUPT, "cannot " + what + ": the body is longer than asked for");
        }
        destination.position(start + part.position());
        return size;
    }

    /** Whether the checksum that came with a whole object, if any, is that of the bytes. */
    private static boolean checksumMatches(SdkHttpResponse answer, ByteBuffer whole) {
        String sent = answer.firstMatchingHeader("x-amz-checksum-crc32c").orElse("");
        // a composite checksum, of an object made of parts, ends in a dash and their number
        return sent.isEmpty() || sent.indexOf('-') >= 0 || sent.equals(BufferBody.crc32c(whole));
    }

    /** Whether the answer holds the whole object; fails if it does not hold what was asked for. */
    private static boolean check(String what, long offset, int length, @Nullable String ifMatch, SdkHttpResponse answer)
            throws StoreException {
        String range = answer.firstMatchingHeader("Content-Range").orElse(null);
        boolean whole;
        if (range == null) {
            String size = answer.firstMatchingHeader("Content-Length").orElse("");
            whole = offset == 0 && size.equals(String.valueOf(length));
            if (!whole) {
                throw new StoreException(Kind.INVALID, "cannot " + what + ": the server ignores ranges");
            }
        } else {
            String asked = "bytes " + offset + "-" + (offset + length - 1) + "/";
            if (!range.startsWith(asked)) {
                throw new StoreException(
                        Kind.INVALID,
                        "cannot " + what + ": bytes " + offset + " to " + (offset + length - 1)
                                + " are not all in the object, the server has '" + range + "'");
            }
            whole = offset == 0 && range.substring(asked.length()).equals(String.valueOf(length));
        }
        String etag = answer.firstMatchingHeader("ETag").orElse(null);
        if (ifMatch != null && etag != null && !ETags.plain(etag).equals(ETags.plain(ifMatch))) {
            throw new StoreException(
                    Kind.CORRUPT,
                    "cannot " + what + ": the server sent an object with another ETag than the one asked for");
        }
        return whole;
    }

    private void fill(ByteBuffer destination, InputStream body) throws IOException {
        if (destination.hasArray()) {
            while (destination.hasRemaining()) {
                int at = destination.arrayOffset() + destination.position();
                int count = body.read(destination.array(), at, destination.remaining());
                if (count < 0) {
                    throw new EOFException();
                }
                destination.position(destination.position() + count);
            }
            return;
        }
        byte[] pooled = pieces.poll();
        byte[] piece = pooled != null ? pooled : new byte[PIECE_BYTES];
        try {
            while (destination.hasRemaining()) {
                int count = body.read(piece, 0, Math.min(piece.length, destination.remaining()));
                if (count < 0) {
                    throw new EOFException();
                }
                destination.put(piece, 0, count);
            }
        } finally {
            pieces.offer(piece);
        }
    }
}
