package dev.leat.fuse.session;

/** Hears of every request when it is answered. Called on the thread that answered: it must return at once. */
@FunctionalInterface
public interface AccessLog {
    /**
     * A request was answered.
     *
     * @param opcode {@link dev.leat.fuse.wire.Opcode}
     * @param error 0 or the error number, positive
     * @param bytes length of the request's data (WRITE) or of the reply
     * @param nanos from reading the request to sending the reply
     */
    void answered(int opcode, long unique, long nodeid, int uid, int pid, int error, long bytes, long nanos);
}
