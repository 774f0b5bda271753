package dev.leat.fuse.wire;

/**
 * The arguments of CREATE and TMPFILE.
 *
 * @param flags as given to open(2)
 * @param mode type and permissions; the umask is already applied unless DONT_MASK was agreed on
 * @param openFlags OPEN_KILL_SUIDGID of {@link Fuse}
 */
public record CreateIn(int flags, int mode, int umask, int openFlags) {}
