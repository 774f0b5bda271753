"""What programs do to a file system through one mount, and what another mount of the volume sees: posix.py DIR DIR [acl]."""
import ctypes
import errno
import fcntl
import mmap
import os
import stat
import struct
import sys
import time

a, b = sys.argv[1:3]
libc = ctypes.CDLL(None, use_errno=True)
checks = 0


def ok(condition, what):
    global checks
    if not condition:
        sys.exit("FAILED: " + what)
    checks += 1


def fails(code, call, *arguments):
    try:
        call(*arguments)
    except OSError as e:
        ok(e.errno == code, f"{call.__name__}{arguments}: {e}")
        return
    sys.exit(f"FAILED: {call.__name__}{arguments} should give {errno.errorcode[code]}")


def write(path, data):
    with open(path, "w") as f:
        f.write(data)


def read(path):
    with open(path) as f:
        return f.read()


def names():
    os.makedirs(a + "/d/e")
    write(a + "/d/f", "one")
    ok(read(b + "/d/f") == "one", "close-to-open across mounts")
    os.link(a + "/d/f", a + "/d/g")
    ok(os.stat(a + "/d/f").st_nlink == 2, "two links")
    ok(os.stat(a + "/d/f").st_ino == os.stat(a + "/d/g").st_ino, "links share the inode")
    os.symlink("../d/f", a + "/d/s")
    ok(read(a + "/d/s") == "one", "symlink")
    os.rename(a + "/d/g", a + "/d/e/h")
    ok(read(a + "/d/e/h") == "one", "rename")
    fails(errno.ENOENT, os.stat, a + "/d/g")
    fails(errno.ENOTEMPTY, os.rmdir, a + "/d")
    fails(errno.EEXIST, os.mkdir, a + "/d")
    fails(errno.EINVAL, os.rename, a + "/d", a + "/d/e/x")
    fails(errno.ENAMETOOLONG, open, a + "/" + "x" * 256)
    os.mkdir(a + "/many")
    for i in range(2000):
        os.close(os.open(f"{a}/many/{i:05d}", os.O_CREAT | os.O_WRONLY))
    ok(sorted(os.listdir(b + "/many")) == ["%05d" % i for i in range(2000)], "a listing across mounts")
    os.mkfifo(a + "/fifo")
    ok(stat.S_ISFIFO(os.stat(a + "/fifo").st_mode), "fifo")


def data():
    with open(a + "/t", "wb") as f:
        f.write(b"x" * 100000)
    os.truncate(a + "/t", 10)
    os.truncate(a + "/t", 5000)
    ok(open(a + "/t", "rb").read() == b"x" * 10 + b"\0" * 4990, "truncate down and up leaves zeros")
    f = os.open(a + "/sparse", os.O_RDWR | os.O_CREAT)
    os.pwrite(f, b"end", 1 << 33)
    ok(os.fstat(f).st_size == (1 << 33) + 3 and os.fstat(f).st_blocks < 10000, "a sparse file takes no room")
    ok(os.pread(f, 3, 1 << 20) == b"\0\0\0", "holes read as zeros")
    ok(os.lseek(f, 0, os.SEEK_DATA) > 0, "SEEK_DATA skips the hole")
    os.close(f)
    f = os.open(a + "/log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for i in range(100):
        os.write(f, b"%04d\n" % i)
    os.fsync(f)
    ok(read(b + "/log").split() == ["%04d" % i for i in range(100)], "fsynced appends are seen by the other mount")
    os.close(f)
    f = os.open(a + "/mapped", os.O_RDWR | os.O_CREAT)
    os.ftruncate(f, 8192)
    m = mmap.mmap(f, 8192)
    m[4090:4100] = b"0123456789"
    m.flush()
    ok(os.pread(f, 10, 4090) == b"0123456789", "a mapped store is read back")
    m.close()
    os.close(f)
    ok(open(b + "/mapped", "rb").read()[4090:4100] == b"0123456789", "a mapped store reaches the other mount")
    with open(a + "/gone", "w+") as f:
        f.write("still here")
        f.flush()
        os.unlink(a + "/gone")
        f.seek(0)
        ok(f.read() == "still here", "unlinked but open")


def holes():
    """The length that unpublished bytes gave a file stays when a hole is punched over all of them."""
    zero_keep = 16 | 1
    f = os.open(a + "/hole", os.O_RDWR | os.O_CREAT)
    os.pwrite(f, b"y" * 15100, 0)
    os.fsync(f)
    os.pwrite(f, b"z" * 65536, 0)
    ok(libc.fallocate(f, zero_keep, ctypes.c_long(0), ctypes.c_long(65536)) == 0, "zero range")
    ok(os.fstat(f).st_size == 65536 and os.pread(f, 65536, 0) == bytes(65536), "zeros of the old length")
    os.close(f)
    ok(open(a + "/hole", "rb").read() == bytes(65536), "and after close")
    within(30, lambda: open(b + "/hole", "rb").read() == bytes(65536), "and through the other mount")


def attributes():
    os.setxattr(a + "/t", "user.k", b"v")
    ok(os.getxattr(a + "/t", "user.k") == b"v" and os.listxattr(a + "/t") == ["user.k"], "xattr")
    os.utime(a + "/t", ns=(1234567890123456789, 1234567890987654321))
    ok(os.stat(a + "/t").st_mtime_ns == 1234567890987654321, "times to the nanosecond")
    os.chmod(a + "/t", 0o4751)
    ok(stat.S_IMODE(os.stat(a + "/t").st_mode) == 0o4751, "chmod")
    os.chown(a + "/t", 12, 34)
    ok((os.stat(a + "/t").st_uid, os.stat(a + "/t").st_gid) == (12, 34), "chown")
    s = os.statvfs(a)
    ok(s.f_blocks > 0 and s.f_namemax == 255, "statvfs")


def acl(named):
    """What the kernel takes for: rw- for the owner, the given bits for uid 65534, nothing for anybody else."""
    entries = [(1, 6, -1), (2, named, 65534), (4, 0, -1), (16, named, -1), (32, 0, -1)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)


def opens_as(uid, path):
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        try:
            os.close(os.open(path, os.O_RDONLY))
        except OSError as e:
            os._exit(e.errno)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def acls():
    access, default = "system.posix_acl_access", "system.posix_acl_default"
    write(a + "/guarded", "x")
    os.chmod(a + "/guarded", 0o600)
    ok(opens_as(65534, a + "/guarded") == errno.EACCES, "a mode keeps others out")
    if "acl" not in sys.argv[3:]:
        for mount in a, b:
            fails(errno.EOPNOTSUPP, os.getxattr, mount + "/guarded", access)
        fails(errno.EOPNOTSUPP, os.setxattr, a + "/guarded", access, acl(4))
        return
    os.setxattr(a + "/guarded", access, acl(4))
    ok(os.listxattr(a + "/guarded") == [access] and os.getxattr(a + "/guarded", access) == acl(4), "an ACL")
    ok(stat.S_IMODE(os.stat(a + "/guarded").st_mode) == 0o640, "the group's bits are the mask")
    ok(opens_as(65534, a + "/guarded") == 0 and opens_as(65533, a + "/guarded") == errno.EACCES, "it lets in whom it names")
    within(30, lambda: opens_as(65534, b + "/guarded") == 0, "and through the other mount")
    os.removexattr(a + "/guarded", access)
    ok(opens_as(65534, a + "/guarded") == errno.EACCES, "and no more")
    os.mkdir(a + "/inherits")
    os.setxattr(a + "/inherits", default, acl(6))
    write(a + "/inherits/f", "x")
    ok(os.getxattr(a + "/inherits/f", access)[:20] == acl(6)[:20], "what a directory has for new files")
    ok(os.getxattr(b + "/inherits", default) == acl(6), "through the other mount")


def labels():
    """A label is kept for who copies them; where the kernel knows none, a file that has none does not support any."""
    fails(errno.ENODATA if "selinuxfs" in read("/proc/filesystems") else errno.EOPNOTSUPP, os.getxattr, a + "/t", "security.selinux")
    os.setxattr(a + "/t", "security.selinux", b"system_u:object_r:tmp_t:s0\0")
    ok(os.getxattr(a + "/t", "security.selinux") == b"system_u:object_r:tmp_t:s0\0", "a label")
    os.removexattr(a + "/t", "security.selinux")


def lock_elsewhere(wait):
    """Tries to lock the file in another process through the other mount; returns its pid, which exits 0 with the lock."""
    pid = os.fork()
    if pid == 0:
        f = open(b + "/t", "r+")
        try:
            fcntl.lockf(f, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            os._exit(0)
        except OSError:
            os._exit(1)
    return pid


def locks():
    f = open(a + "/t", "r+")
    fcntl.lockf(f, fcntl.LOCK_EX)
    ok(os.waitpid(lock_elsewhere(False), 0)[1] != 0, "a lock holds across mounts")
    waiter = lock_elsewhere(True)
    time.sleep(0.3)
    ok(os.waitpid(waiter, os.WNOHANG) == (0, 0), "the second locker waits")
    fcntl.lockf(f, fcntl.LOCK_UN)
    ok(os.waitpid(waiter, 0)[1] == 0, "and gets the lock")
    f.close()
    counters()


def counters():
    """Four processes on two mounts count under a lock: a lock is worth something only if its holder sees the last one's data."""
    for lock in (fcntl.flock, fcntl.lockf):
        write(a + "/counter", "%08d" % 0)
        pids = []
        for k in range(4):
            pid = os.fork()
            if pid == 0:
                for _ in range(25):
                    f = os.open((a, b)[k % 2] + "/counter", os.O_RDWR)
                    lock(f, fcntl.LOCK_EX)
                    n = int(os.pread(f, 8, 0))
                    os.pwrite(f, b"%08d" % (n + 1), 0)
                    os.close(f)
                os._exit(0)
            pids.append(pid)
        ok(all(os.waitpid(pid, 0)[1] == 0 for pid in pids), "counting processes")
        ok(int(read(a + "/counter")) == 100, f"{lock.__name__}: counted {read(a + '/counter')} of 100 across mounts")


def within(seconds, condition, what):
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            sys.exit("FAILED: " + what)
        time.sleep(0.02)
    ok(True, what)


def other_way():
    write(b + "/d/f", "two")
    ok(read(a + "/d/f") == "two", "close-to-open the other way")
    os.unlink(b + "/d/f")
    # Heard of, not forgotten: names are remembered for minutes where changes are heard of, and for a second where they are not.
    within(30, lambda: not os.path.exists(a + "/d/f"), "a name unlinked elsewhere goes away")


names()
data()
holes()
attributes()
labels()
acls()
other_way()
locks()
print(f"{checks} checks held")
