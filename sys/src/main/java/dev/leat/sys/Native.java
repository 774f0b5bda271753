package dev.leat.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * Links functions of the C library. A signature is a string of one letter per type, result first: {@code i} int,
 * {@code l} long, {@code p} pointer. Every handle captures errno in a {@link CallSlots} segment, its first argument.
 */
final class Native {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");

    private Native() {}

    /** The function {@code name}; e.g. {@code "lipl"} is {@code ssize_t f(int, void *, size_t)}. */
    static MethodHandle link(String name, String signature) {
        return link(name, signature, -1);
    }

    /** As {@link #link(String, String)} for a variadic function whose fixed arguments number {@code fixed}. */
    static MethodHandle link(String name, String signature, int fixed) {
        List<MemoryLayout> arguments = new ArrayList<>();
        for (char letter : signature.substring(1).toCharArray()) {
            arguments.add(type(letter));
        }
        FunctionDescriptor function =
                FunctionDescriptor.of(type(signature.charAt(0)), arguments.toArray(MemoryLayout[]::new));
        List<Linker.Option> options = new ArrayList<>(List.of(ERRNO));
        if (fixed >= 0) {
            options.add(Linker.Option.firstVariadicArg(fixed));
        }
        return LINKER.downcallHandle(
                LINKER.defaultLookup()
                        .find(name)
                        .orElseThrow(() -> new UnsatisfiedLinkError(
                                "the C library has no " + name + "(); glibc 2.28 or newer is needed")),
                function,
                options.toArray(Linker.Option[]::new));
    }

    /** What to throw for something that escaped a method handle: never a checked exception. */
    static RuntimeException unexpected(Throwable thrown) {
        switch (thrown) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(thrown);
        }
    }

    private static ValueLayout type(char letter) {
        return switch (letter) {
            case 'i' -> JAVA_INT;
            case 'l' -> JAVA_LONG;
            case 'p' -> ADDRESS;
            default -> throw new IllegalArgumentException("unknown type letter " + letter);
        };
    }
}
