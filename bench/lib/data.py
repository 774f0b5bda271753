"""What is written and read: bytes that depend on a number alone, so that anything out of place is seen."""
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

MIB = 1 << 20
OFFSETS, STEP = 4 * MIB, 7919  # Load.java takes contents out of the pool in the same way
_pool = []


class WrongBytes(Exception):
    """What was read is not what was written. It fails the run, whatever the figures are."""


def pool():
    """8 MiB that do not compress; every content is a piece of it, at an offset of its own."""
    if not _pool:
        _pool.append(memoryview(hashlib.shake_256(b"leat bench").digest(2 * OFFSETS)))
    return _pool[0]


def content(number, size):
    at = number * STEP % OFFSETS
    return pool()[at:at + size]


def pool_file(folder):
    path = folder + "/pool"
    if not os.path.exists(path):
        with open(path, "wb") as f:
            f.write(pool())
    return path


def pieces(size):
    """A large file: contents 0, 1, 2… of 4 MiB."""
    for at in range(0, size, OFFSETS):
        yield content(at // OFFSETS, min(OFFSETS, size - at))


def write_large(path, size):
    with open(path, "wb") as f:
        for piece in pieces(size):
            f.write(piece)
        f.flush()
        os.fsync(f.fileno())


def verify_large(path, size):
    if os.path.getsize(path) != size:
        raise WrongBytes(f"{path} has {os.path.getsize(path)} bytes, not {size}")
    with open(path, "rb") as f:
        for number, piece in enumerate(pieces(size)):
            if f.read(len(piece)) != piece:
                raise WrongBytes(f"{path}: piece {number} of 4 MiB has other bytes than were written")


def _each(work, numbers):
    with ThreadPoolExecutor(16) as threads:  # as many as a copy of a data set has
        list(threads.map(work, numbers))


def write_small(folder, count, size):
    """Files s000000…"""
    os.makedirs(folder, exist_ok=True)

    def one(number):
        with open(f"{folder}/s{number:06d}", "wb") as f:
            f.write(content(number, size))
    _each(one, range(count))


def verify_small(folder, count, size, sample=200):
    for number in range(0, count, max(1, count // sample)):
        with open(f"{folder}/s{number:06d}", "rb") as f:
            if f.read() != content(number, size):
                raise WrongBytes(f"{folder}/s{number:06d} has other bytes than were written")
