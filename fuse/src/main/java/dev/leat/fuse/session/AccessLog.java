package dev.leat.fuse.session;

/** Hears of every request when it is answered, while it wants to. */
public interface AccessLog {
    /** Whether anybody listens; asked once for each request, so it must cost next to nothing. */
    boolean listening();

    /** A request was answered. Called on the thread that answered: it must return at once. */
    void answered(AccessRecord request);
}
