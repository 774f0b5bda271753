package dev.leat.meta.fs;

/**
 * Who asks. Permissions are checked by the kernel ({@code default_permissions}); this decides owners, setgid rules and the sticky bit where the file system
 * must.
 *
 * @param uid effective user
 * @param gid effective group
 * @param pid process, for locks and the access log
 * @param groups supplementary groups, as far as they are known
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record Caller(int uid, int gid, int pid, int[] groups) {
    private static final int[] NO_GROUPS = {};

    /** The super-user, for what Leat does by itself. */
    public static final Caller ROOT = new Caller(0, 0, 0, NO_GROUPS);

    /** A caller whose supplementary groups are unknown. */
    public static Caller of(int uid, int gid, int pid) {
        return new Caller(uid, gid, pid, NO_GROUPS);
    }

    /** Whether the caller belongs to the group. */
    public boolean inGroup(int group) {
        if (gid == group) {
            return true;
        }
        for (int g : groups) {
            if (g == group) {
                return true;
            }
        }
        return false;
    }
}
