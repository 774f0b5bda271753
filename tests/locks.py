"""flock and fcntl locks between processes of one mount, in the current folder."""
import fcntl
import os
import signal
import sys

PATH, WORKERS, ROUNDS = "counter", 6, 50


def count(lock):
    for _ in range(ROUNDS):
        fd = os.open(PATH, os.O_RDWR)
        lock(fd, fcntl.LOCK_EX)
        n = int(os.pread(fd, 8, 0))
        os.pwrite(fd, b"%08d" % (n + 1), 0)
        os.close(fd)
    os._exit(0)


for lock in (fcntl.flock, fcntl.lockf):
    with open(PATH, "w") as f:
        f.write("0" * 8)
    children = []
    for _ in range(WORKERS):
        child = os.fork()
        if child == 0:
            count(lock)
        children.append(child)
    assert all(os.waitpid(child, 0)[1] == 0 for child in children)
    with open(PATH) as f:
        counted = int(f.read())
    assert counted == WORKERS * ROUNDS, (lock.__name__, counted)

# A conflict without waiting, another range of the same file, and release by the death of the holder.
read_end, write_end = os.pipe()
child = os.fork()
if child == 0:
    fd = os.open(PATH, os.O_RDWR)
    fcntl.lockf(fd, fcntl.LOCK_EX, 4, 0)
    os.write(write_end, b"x")
    signal.pause()
os.read(read_end, 1)
fd = os.open(PATH, os.O_RDWR)
try:
    fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 4, 0)
    sys.exit("an exclusive lock was given twice")
except BlockingIOError:
    pass
fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 4, 4)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
fcntl.lockf(fd, fcntl.LOCK_EX, 4, 0)
print(f"{2 * WORKERS * ROUNDS} increments under flock and fcntl")
