package dev.leat.sys;

import java.lang.foreign.MemorySegment;

/** One native call off the data path: made with a slot of its own, a negative result thrown as an error. */
@FunctionalInterface
interface Checked {
    /** Makes the call. */
    long make(MemorySegment slot);

    /** Makes {@code call}; {@code name} and {@code what} say what was tried when it fails. */
    static long run(String name, Object what, Checked call) throws ErrnoException {
        MemorySegment slot = CallSlots.take();
        try {
            long result = call.make(slot);
            if (result < 0) {
                throw CallSlots.failure(slot, name + "(" + what + ")");
            }
            return result;
        } finally {
            CallSlots.give(slot);
        }
    }
}
