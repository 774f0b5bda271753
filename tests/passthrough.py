"""What readers of a read-only mount see while another mount changes the files. passthrough.py WRITER READER on|off"""

import ctypes
import errno
import hashlib
import json
import mmap
import os
import subprocess
import sys
import threading
import time

WRITER, READER, MODE = sys.argv[1:]
ON = MODE == "on"
MIB = 1 << 20
SIZE = 64 * MIB
LEAT = os.environ["LEAT"]


def status():
    return json.loads(subprocess.run([LEAT, "status", "--json", READER], capture_output=True, check=True).stdout)


def content(seed, size):
    block = hashlib.sha512(str(seed).encode()).digest() * (MIB // 64)
    return b"".join(i.to_bytes(8, "little") + block[8:] for i in range(size // MIB)) + block[: size % MIB]


def put(name, data):
    """In place, as one sequential write: one blob."""
    with open(f"{WRITER}/{name}", "wb") as file:
        file.write(data)


def read(fd, chunk=3 * MIB + 11):
    pieces, at = [], 0
    while piece := os.pread(fd, chunk, at):
        pieces.append(piece)
        at += len(piece)
    return b"".join(pieces)


def same(what, got, wanted):
    if got != wanted:
        at = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b), min(len(got), len(wanted)))
        sys.exit(f"{what}: {len(got)} bytes of {len(wanted)}, the first wrong one at {at}")


def check(what, held):
    if not held:
        sys.exit(what)


def wait(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        check(f"not within {seconds} s: {what}; opens by the daemon: {status()['daemonOpens']}", time.monotonic() < end)
        time.sleep(0.05)


LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mmap.restype = ctypes.c_void_p


def map_file(fd, length):
    """Maps a file for reading; Python's own maps keep a descriptor."""
    address = LIBC.mmap(None, ctypes.c_size_t(length), mmap.PROT_READ, mmap.MAP_SHARED, fd, ctypes.c_long(0))
    check("mmap", address not in (None, ctypes.c_void_p(-1).value))
    return address


def opened(name):
    """Opens through the reader and tells how the mount serves it."""
    before = status()["passthroughOpens"]
    fd = os.open(f"{READER}/{name}", os.O_RDONLY)
    return fd, status()["passthroughOpens"] > before


def warmed(name, data):
    fd = os.open(f"{READER}/{name}", os.O_RDONLY)
    same(f"{name}, cold", read(fd), data)
    os.close(fd)
    # What the kernel keeps in its page cache is not asked for a second time.
    subprocess.run([LEAT, "warmup", f"{READER}/{name}"], check=True, capture_output=True)
    wait(f"{name} is closed", lambda: status()["openFiles"] == 0)


one = content("one", SIZE)
put("f", one)
fd, passed = opened("f")
check("a cold file was passed through", not passed)
same("cold", read(fd), one)
second, passed = opened("f")
check("an inode that is open was changed to another mode", not passed)
os.close(second)
os.close(fd)
warmed("f", one)

# Warm: by the kernel, in all ways of reading, by several at once.
fd, passed = opened("f")
check(f"warm: passed through is {passed}", passed == ON)
same("warm", read(fd), one)
os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
same("O_DIRECT is a flag of the caller's", read(fd, 1 * MIB), one)
direct = os.open(f"{READER}/f", os.O_RDONLY | os.O_DIRECT)
buffer = mmap.mmap(-1, MIB)
check("O_DIRECT", os.preadv(direct, [buffer], 4 * MIB) == MIB)
same("O_DIRECT", buffer[:], one[4 * MIB : 5 * MIB])
os.close(direct)
check("past the end", os.pread(fd, 10, SIZE) == b"")
check("the size", os.fstat(fd).st_size == SIZE)
check("SEEK_HOLE", os.lseek(fd, 0, os.SEEK_HOLE) == SIZE)
mapped = mmap.mmap(fd, 0, prot=mmap.PROT_READ)
same("mapped", mapped[:], one)
subprocess.run(["cmp", f"{WRITER}/f", f"{READER}/f"], check=True)
if ON:
    with open(f"{READER}/.stats") as stats:
        lent = sum(float(line.split()[1]) for line in stats if line.startswith("leat_cache_lent_bytes"))
    check(f"{lent} bytes are lent", lent == SIZE)

# Nobody writes here, by no way.
for flags in (os.O_WRONLY, os.O_RDWR, os.O_RDONLY | os.O_TRUNC):
    try:
        os.close(os.open(f"{READER}/f", flags))
        sys.exit(f"open with flags {flags} on a read-only mount")
    except OSError as e:
        check(f"flags {flags}: {e}", e.errno == errno.EROFS)
for change in (lambda: os.truncate(f"{READER}/f", 0), lambda: os.unlink(f"{READER}/f")):
    try:
        change()
        sys.exit("a read-only mount was changed")
    except OSError as e:
        check(str(e), e.errno == errno.EROFS)

# Remounted for writing behind the daemon's back: still not, and the cache's copy is untouched.
subprocess.run(["mount", "-i", "-o", "remount,rw", READER], check=True)
try:
    other = os.open(f"{READER}/f", os.O_RDWR)
    os.write(other, b"x" * MIB)
    os.fsync(other)
    sys.exit("a read-only mount was written to")
except OSError as e:
    check(str(e), e.errno == errno.EROFS)
subprocess.run(["mount", "-i", "-o", "remount,ro", READER], check=True)
same("after an attempt to write", read(fd), one)

# Another mount replaces the content, shorter: who opens it now sees that at once.
two = content("two", 40 * MIB)
put("f", two)
new, _ = opened("f")
same("opened after a change", read(new), two)
check("size of what was opened after a change", os.fstat(new).st_size == len(two))
wait("stat of the name", lambda: os.stat(f"{READER}/f").st_size == len(two))
if ON:
    # Who had it open keeps what it opened, to the last byte, length and all.
    same("opened before the change", read(fd), one)
    check("its size", os.fstat(fd).st_size == SIZE)
    same("mapped before the change", mapped[:], one)
    newer = mmap.mmap(new, 0, prot=mmap.PROT_READ)
    same("mapped after the change", newer[:], two)
    newer.close()
    check("one inode number", os.fstat(fd).st_ino == os.fstat(new).st_ino == os.stat(f"{READER}/f").st_ino)
else:
    wait("the change is heard of", lambda: read(fd) == two)
# Once more, larger, while all are open.
three = content("three", 80 * MIB)
put("f", three)
newest, _ = opened("f")
same("opened after the second change", read(newest), three)
if ON:
    same("opened first", read(fd), one)
for each in (new, newest):
    os.close(each)
mapped.close()
os.close(fd)
warmed("f", three)

# A mapping outlives its descriptor, the eviction of the file and its replacement.
put("g", one)
warmed("g", one)
fd, passed = opened("g")
address = map_file(fd, SIZE)
os.close(fd)
if ON:
    wait("all closed", lambda: status()["openFiles"] == 0)
    subprocess.run([LEAT, "warmup", "--evict", f"{READER}/g"], check=True, capture_output=True)
    for i in range(6):
        put(f"filler{i}", content(i, 40 * MIB))
        with open(f"{READER}/filler{i}", "rb") as file:
            same(f"filler{i}", file.read(), content(i, 40 * MIB))
same("mapped, closed, evicted", ctypes.string_at(address, SIZE), one)
LIBC.munmap(ctypes.c_void_p(address), ctypes.c_size_t(SIZE))

for i in range(6):
    # What was read last does not give way to what is read now; here it is to.
    subprocess.run([LEAT, "warmup", "--evict", f"{READER}/filler{i}"], check=True, capture_output=True)

# Pressure: more than the cache holds goes through while a file is open.
warmed("g", one)
fd, passed = opened("g")
check(f"g: passed through is {passed}", passed == ON)
for i in range(6):
    put(f"filler{i}", content(i + 10, 40 * MIB))
    with open(f"{READER}/filler{i}", "rb") as file:
        same(f"filler{i}", file.read(), content(i + 10, 40 * MIB))
same("open while the cache was filled twice over", read(fd), one)

# Removed by others while it is open.
os.unlink(f"{WRITER}/g")
wait("the name is gone", lambda: not os.path.exists(f"{READER}/g"))
if ON:
    same("removed while open", read(fd), one)
os.close(fd)

# The way a file is served changes again and again under readers who come and go: warm, evicted, warm.
kept = content("kept", 8 * MIB)
put("k", kept)
warmed("k", kept)
problems, ends, reads = [], time.monotonic() + 6, [0]


def passer():
    at = 0
    while time.monotonic() < ends and not problems:
        try:
            fd = os.open(f"{READER}/k", os.O_RDONLY)
        except OSError as e:
            problems.append(f"open: {e}")
            return
        for _ in range(20):
            at = (at + 123_457) % (8 * MIB - 4096)
            if os.pread(fd, 4096, at) != kept[at : at + 4096]:
                problems.append(f"wrong bytes at {at}")
        os.close(fd)
        reads[0] += 20
        time.sleep(0.01)


def evicter():
    while time.monotonic() < ends and not problems:
        subprocess.run([LEAT, "warmup", "--evict", f"{READER}/k"], capture_output=True)
        subprocess.run([LEAT, "warmup", f"{READER}/k"], capture_output=True)


before = status()
threads = [threading.Thread(target=passer) for _ in range(3)] + [threading.Thread(target=evicter)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
check(f"readers who come and go: {problems[:3]}", not problems)
check(f"{reads[0]} reads", reads[0] > 100)
if ON:
    after = status()
    for what, moved in (
        ("passed through", after["passthroughOpens"] > before["passthroughOpens"]),
        ("partial", after["daemonOpens"]["partial"] > before["daemonOpens"]["partial"]),
    ):
        check(f"no open was {what}", moved)

# Many open and close at once, while another mount replaces the file: each sees one version, whole.
versions = [content(f"v{i}", 8 * MIB) for i in range(4)]
digests = {hashlib.md5(version).digest() for version in versions}
put("h", versions[0])
problems, ends = [], time.monotonic() + 6


def reader():
    while time.monotonic() < ends and not problems:
        try:
            fd = os.open(f"{READER}/h", os.O_RDONLY)
        except OSError as e:
            problems.append(f"open: {e}")
            return
        try:
            got = b"".join(iter(lambda: os.read(fd, MIB), b""))
            if len(got) != 8 * MIB:
                problems.append(f"{len(got)} bytes")
        finally:
            os.close(fd)


def writer():
    i = 0
    while time.monotonic() < ends and not problems:
        i += 1
        # A rename over it: readers have one of the two.
        put("h.new", versions[i % 4])
        os.rename(f"{WRITER}/h.new", f"{WRITER}/h")
        time.sleep(0.05)
        descriptor = os.open(f"{WRITER}/h", os.O_WRONLY)
        os.pwrite(descriptor, versions[(i + 1) % 4], 0)
        os.close(descriptor)
        time.sleep(0.2)


threads = [threading.Thread(target=reader) for _ in range(6)] + [threading.Thread(target=writer)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
check(f"readers beside a writer: {problems[:3]}", not problems)
with open(f"{READER}/h", "rb") as file:
    check("the last version", hashlib.md5(file.read()).digest() in digests)
print(f"passthrough {MODE}: {status()['passthroughOpens']} opens passed through, others {status()['daemonOpens']}")
