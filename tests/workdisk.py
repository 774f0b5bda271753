"""One step of tests/workdisk: prints ok, or the name of the error that a program gets."""
import errno
import fcntl
import os
import struct
import sys

FS_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NOLOGFLUSH = 2


def content(word, size):
    block = (word.encode() + b".") * 1000
    return (block * (size // len(block) + 1))[:size]


def write(path, word, size):
    fd = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o644)
    try:
        data = content(word, int(size))
        while data:
            data = data[os.write(fd, data):]
        os.fsync(fd)
    finally:
        os.close(fd)


def check(path, word, size):
    with open(path, "rb") as f:
        if f.read() != content(word, int(size)):
            raise SystemExit("other content")


def shutdown(folder):
    fd = os.open(folder, os.O_RDONLY)
    fcntl.ioctl(fd, FS_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))


try:
    {"write": write, "check": check, "rename": os.rename, "shutdown": shutdown}[sys.argv[1]](*sys.argv[2:])
    print("ok")
except OSError as e:
    print(errno.errorcode[e.errno])
