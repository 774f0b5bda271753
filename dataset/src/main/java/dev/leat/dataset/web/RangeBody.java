package dev.leat.dataset.web;

import java.net.http.HttpResponse;
import java.nio.ByteBuffer;

/** Takes the bytes of a range from an answer, be it the range or, from a server that knows no ranges, the whole. */
public final class RangeBody {
    private final ByteBuffer destination;
    private final long offset;
    private volatile boolean longer;

    /**
     * For one range.
     *
     * @param destination where the bytes go
     * @param offset where the range begins, in bytes
     */
    public RangeBody(ByteBuffer destination, long offset) {
        this.destination = destination;
        this.offset = offset;
    }

    /** Whether more came than was asked for. */
    public boolean isLonger() {
        return longer;
    }

    /** Who takes the body of an answer. */
    public Transfer.Taker receive(HttpResponse.ResponseInfo answer) {
        return switch (answer.statusCode()) {
            case 206 -> this::range;
            case 200 -> new Whole();
            default -> Web.nobody();
        };
    }

    private boolean range(ByteBuffer piece) {
        longer |= piece.remaining() > destination.remaining();
        put(piece);
        return !longer;
    }

    private void put(ByteBuffer piece) {
        int some = Math.min(piece.remaining(), destination.remaining());
        destination.put(piece.slice(piece.position(), some));
        piece.position(piece.position() + some);
    }

    /** Passes over what lies before the range, and needs nothing behind it. */
    private final class Whole implements Transfer.Taker {
        private long before = offset;

        @Override
        public boolean take(ByteBuffer piece) {
            int passed = (int) Math.min(before, piece.remaining());
            piece.position(piece.position() + passed);
            before -= passed;
            put(piece);
            return destination.hasRemaining();
        }
    }
}
