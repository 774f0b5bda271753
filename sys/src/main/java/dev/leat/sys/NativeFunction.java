package dev.leat.sys;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A function of the C library. Every call captures errno in a {@link CallSlots} segment, its first argument.
 *
 * <p>All functions are called by one and the same method handle, of six longs: the JDK spends 15 classes and many
 * milliseconds of the program's start on each other shape. The calling conventions of 64-bit Linux (System V on x86-64,
 * AAPCS64 on arm64) allow it, for integers and pointers: arguments beyond those that a function has lie in registers that
 * it does not read, of an {@code int} it reads the lower half, and the variadic ones of its arguments are passed like the
 * others.
 *
 * @param address where the function is
 * @param isInt whether the function returns an {@code int}: the upper half of the register is not defined then
 */
record NativeFunction(MemorySegment address, boolean isInt) {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle CALL = LINKER.downcallHandle(
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.captureCallState("errno"));

    /** The function {@code name} that returns an {@code int}. */
    static NativeFunction ofInt(String name) {
        return new NativeFunction(find(name), true);
    }

    /** The function {@code name} that returns a {@code long}, a {@code ssize_t} or a pointer. */
    static NativeFunction ofLong(String name) {
        return new NativeFunction(find(name), false);
    }

    private static MemorySegment find(String name) {
        return LINKER.defaultLookup()
                .find(name)
                .orElseThrow(() ->
                        new UnsatisfiedLinkError("the C library has no " + name + "(); glibc 2.28 or newer is needed"));
    }

    /**
     * {@code segment} as an argument: native memory that is not yet freed. The caller keeps the segment reachable until
     * the call is over, and its arena open.
     */
    static long pointer(MemorySegment segment) {
        if (!segment.isNative() || !segment.scope().isAlive()) {
            throw new IllegalArgumentException("a native call takes native memory that is not freed: " + segment);
        }
        return segment.address();
    }

    /** Calls the function; so do the others, with fewer arguments. */
    long call(MemorySegment slot, long a, long b, long c, long d, long e, long f) {
        try {
            long result = (long) CALL.invokeExact(address, slot, a, b, c, d, e, f);
            return isInt ? (int) result : result;
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    long call(MemorySegment slot) {
        return call(slot, 0, 0, 0, 0, 0, 0);
    }

    long call(MemorySegment slot, long a) {
        return call(slot, a, 0, 0, 0, 0, 0);
    }

    long call(MemorySegment slot, long a, long b) {
        return call(slot, a, b, 0, 0, 0, 0);
    }

    long call(MemorySegment slot, long a, long b, long c) {
        return call(slot, a, b, c, 0, 0, 0);
    }

    long call(MemorySegment slot, long a, long b, long c, long d) {
        return call(slot, a, b, c, d, 0, 0);
    }

    long call(MemorySegment slot, long a, long b, long c, long d, long e) {
        return call(slot, a, b, c, d, e, 0);
    }

    /** What escaped the method handle: never a checked exception. */
    private static RuntimeException unexpected(Throwable thrown) {
        switch (thrown) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(thrown);
        }
    }
}
