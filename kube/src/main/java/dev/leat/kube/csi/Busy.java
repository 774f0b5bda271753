package dev.leat.kube.csi;

import io.grpc.Status;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** One call at a time for each volume: a second one is told to come back, as CSI wants it, instead of waiting behind it. */
final class Busy {
    private final Set<String> ids = ConcurrentHashMap.newKeySet();

    /** Work on one volume. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws Exception;
    }

    <T> T with(String id, Work<T> work) throws Exception {
        if (!ids.add(id)) {
            throw new CsiException(Status.Code.ABORTED, "another call for " + id + " is not over yet");
        }
        try {
            return work.run();
        } finally {
            ids.remove(id);
        }
    }
}
