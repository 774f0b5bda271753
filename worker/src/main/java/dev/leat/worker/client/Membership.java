package dev.leat.worker.client;

import java.util.List;

/** Tells which workers there are. The answer may change from call to call; whoever asks holds nothing from the last one. */
@FunctionalInterface
public interface Membership {
    /** The workers' names as {@code HOST:PORT}; each mount has to know the same names for an owner to be one owner. */
    List<String> members();

    /** Workers that were named when the mount was made. */
    static Membership fixed(List<String> members) {
        List<String> all = List.copyOf(members);
        return () -> all;
    }
}
