package dev.leat.meta.content;

/** The rule by which writing takes a program's special rights away. */
public final class Privileges {
    private static final int SETUID = 04000;
    private static final int SETGID = 02000;
    private static final int GROUP_EXECUTE = 00010;

    private Privileges() {}

    /** A mode without setuid; and without setgid where the group may execute, since without that it marks mandatory locking. */
    public static int cleared(int mode) {
        int cleared = mode & ~SETUID;
        return (mode & GROUP_EXECUTE) != 0 ? cleared & ~SETGID : cleared;
    }
}
