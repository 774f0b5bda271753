package dev.leat.fuse.session;

import java.lang.foreign.MemorySegment;

/**
 * Another process that has the session's descriptor, too, and hands notifications to the kernel. The kernel may make whoever notifies it wait, and not even a kill
 * ends that, for a lock that a program holds whose request the daemon has not answered. A daemon with such a thread does not end when it is killed, and keeps its
 * descriptors and locks from the one that is to go on and to answer.
 */
@FunctionalInterface
public interface NotifyRelay {
    /**
     * Passes a message on.
     *
     * @param message whole, with its header; not valid after this returns
     * @return false if that process is gone; then the kernel is told directly
     */
    boolean send(MemorySegment message);
}
