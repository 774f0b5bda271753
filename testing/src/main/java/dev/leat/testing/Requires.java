package dev.leat.testing;

import org.opentest4j.TestAbortedException;

/**
 * Says what a test needs of the machine. A test whose need is not met is skipped with the reason; where the environment
 * has {@code CI=true} it fails instead, so that a silent skip cannot pass for coverage.
 */
public final class Requires {
    private Requires() {}

    /**
     * Goes on only if a need is met.
     *
     * @param met whether the machine has it
     * @param need what is missing and how to get it, one line
     */
    public static void that(boolean met, String need) {
        if (met) {
            return;
        }
        if ("true".equals(System.getenv("CI"))) {
            throw new AssertionError("CI=true allows no skip: " + need);
        }
        System.out.println("skipped: " + need);
        throw new TestAbortedException(need);
    }

    /**
     * Goes on only if a program is there that takes Go, cargo or npm to build; a machine without those skips the test whatever
     * the environment says.
     *
     * @param met whether the machine has it
     * @param need what is missing and how to get it, one line
     */
    public static void toolchain(boolean met, String need) {
        if (!met) {
            System.out.println("skipped: " + need);
            throw new TestAbortedException(need);
        }
    }
}
