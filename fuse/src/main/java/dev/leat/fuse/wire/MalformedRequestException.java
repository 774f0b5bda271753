package dev.leat.fuse.wire;

/** A request whose bytes do not have the form of its opcode. A correct kernel never sends one. */
public final class MalformedRequestException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A request that is wrong in the way {@code message} says. */
    public MalformedRequestException(String message) {
        super(message);
    }
}
