package dev.leat.fuse.session;

/**
 * Who made the system call.
 *
 * @param pid the process in the daemon's namespace; 0 when it is not visible there or the kernel itself asks
 */
public record Caller(int uid, int gid, int pid) {}
