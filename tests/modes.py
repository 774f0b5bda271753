"""How the kernel may serve files changes under programs at work: modes.py --seed N --seconds N [options] MOUNT OTHER

A few files are made, written, mapped, cut, punched, appended to, linked, cloned, removed, evicted and read through every way that a
program has, in random order, and held against a model in memory; another mount of the volume reads and changes them too, and the
daemon is killed in between. What is written through one descriptor or mapping is seen by all others on the same mount at once; what
is closed or synced, by the other mount.
"""

import argparse
import ctypes
import json
import mmap
import os
import random
import signal
import subprocess
import sys
import time

MIB = 1 << 20
LEAT = os.environ["LEAT"]
SETTLE = 60.0
FALLOC_KEEP_SIZE, FALLOC_PUNCH_HOLE, FALLOC_ZERO_RANGE = 1, 2, 16
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]

parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--seconds", type=float, required=True)
parser.add_argument("--kills", type=int, default=2)
parser.add_argument("--file-mib", type=int, default=6)
parser.add_argument("--passthrough", action="store_true", help="the kernel serves some files, which it must have done at the end")
parser.add_argument("--state", help="the file that tells the daemon's process; none: it is not killed")
parser.add_argument("mount")
parser.add_argument("other")
options = parser.parse_args()
chance = random.Random(options.seed)
MOUNT, OTHER = options.mount, options.other
MAX = options.file_mib * MIB


class Failure(Exception):
    pass


def check(held, what):
    if not held:
        raise Failure(what)


def same(what, got, wanted):
    if got != wanted:
        low, high = 0, min(len(got), len(wanted))
        while low < high and got[low : low + 1] == wanted[low : low + 1]:
            step = 1
            while low + step <= high and got[low : low + step] == wanted[low : low + step]:
                step *= 2
            low += max(1, step // 2)
        raise Failure(f"{what}: {len(got)} bytes of {len(wanted)}, the first wrong one at {low}: "
                      f"{got[low:low + 16].hex()} and not {wanted[low:low + 16].hex()}")


class Mapping:
    """Without a descriptor of its own, unlike Python's."""

    def __init__(self, fd, length, writable):
        protection = mmap.PROT_READ | (mmap.PROT_WRITE if writable else 0)
        self.address = libc.mmap(None, length, protection, mmap.MAP_SHARED, fd, 0)
        check(self.address not in (None, ctypes.c_void_p(-1).value), "mmap: " + os.strerror(ctypes.get_errno()))
        self.length = length
        self.writable = writable
        # A mapping for reading shows changes while the file stays open otherwise; afterwards what was there.
        self.current = True

    def read(self, start, end):
        return ctypes.string_at(self.address + start, end - start)

    def write(self, start, data):
        ctypes.memmove(self.address + start, data, len(data))

    def close(self):
        libc.munmap(self.address, self.length)


class File:
    """What a file holds, and who has it open."""

    def __init__(self, name):
        self.names = [name]
        self.data = bytearray()
        self.open = []
        self.maps = []

    def closed(self):
        """After a close or the end of a mapping: nothing but mappings for writing keeps it open."""
        if not self.open and not any(m.writable for m in self.maps):
            for mapping in self.maps:
                mapping.current = False

    def mapped_to(self):
        return max((m.length for m in self.maps), default=0)


class Handle:
    def __init__(self, fd, flags):
        self.fd, self.flags = fd, flags

    def reads(self):
        return self.flags & os.O_ACCMODE != os.O_WRONLY

    def writes(self):
        return self.flags & os.O_ACCMODE != os.O_RDONLY

    def appends(self):
        return self.flags & os.O_APPEND != 0


files, counter, done, log = [], [0], {}, []
# The file that was looked at last.
suspects = []


def noise(length):
    block = chance.randbytes(min(length, 4096)) or b"x"
    return (block * (length // len(block) + 1))[:length]


def lengths():
    return chance.choice([1, 100, 4095, 4096, 5000, 65536, 200_000, chance.randrange(1, MIB), chance.randrange(1, 2 * MIB)])


def pick(condition=lambda file: True):
    some = [file for file in files if file.names and condition(file)]
    return chance.choice(some) if some else None


def path(file, mount=None):
    return f"{mount or MOUNT}/{chance.choice(file.names)}"


def status():
    return json.loads(subprocess.run([LEAT, "status", "--json", MOUNT], capture_output=True, check=True).stdout)


def settled(what, condition):
    end = time.monotonic() + SETTLE
    problem = condition()
    while problem:
        check(time.monotonic() < end, f"{what}: not within {SETTLE:.0f} s: {problem}")
        time.sleep(0.05)
        problem = condition()


def content(name):
    with open(name, "rb") as file:
        return file.read()


# What programs do.


def op_make():
    if len(files) >= 10:
        return None
    counter[0] += 1
    file = File(f"f{counter[0]}")
    flags = chance.choice([os.O_RDWR, os.O_WRONLY, os.O_RDWR | os.O_APPEND, os.O_RDWR | os.O_DSYNC]) | os.O_CREAT | os.O_EXCL
    file.open.append(Handle(os.open(path(file), flags, 0o644), flags))
    files.append(file)
    if chance.random() < 0.8 and not flags & os.O_DSYNC:
        # Large enough for a segment of its own in the cache.
        data = noise(chance.choice([4 * MIB, 4 * MIB + 12345, 5 * MIB]))
        write(file, file.open[0], 0, data)
    return file.names, oct(flags)


def op_open():
    file = pick(lambda f: len(f.open) < 5)
    if not file:
        return None
    flags = chance.choice([os.O_RDONLY] * 4 + [os.O_RDWR] * 2 + [os.O_WRONLY, os.O_WRONLY | os.O_APPEND, os.O_RDWR | os.O_DSYNC,
                                                                  os.O_RDWR | os.O_TRUNC])
    if flags & os.O_TRUNC and file.maps:
        # A mapping past the end of a file is a fault.
        flags &= ~os.O_TRUNC
    file.open.append(Handle(os.open(path(file), flags), flags))
    if flags & os.O_TRUNC:
        del file.data[:]
    return file.names, oct(flags)


def op_close():
    file = pick(lambda f: f.open) or next((f for f in files if f.open), None)
    if not file:
        return None
    handle = file.open.pop(chance.randrange(len(file.open)))
    os.close(handle.fd)
    file.closed()
    gone()
    return file.names, oct(handle.flags)


def gone():
    for file in [f for f in files if not f.names and not f.open and not f.maps]:
        files.remove(file)


def write(file, handle, offset, data):
    if handle.appends():
        offset = len(file.data)
        written = os.write(handle.fd, data)
    else:
        written = os.pwrite(handle.fd, data, offset)
    check(written == len(data), f"{written} bytes written of {len(data)}")
    file.data.extend(bytes(max(0, offset - len(file.data))))
    file.data[offset : offset + len(data)] = data


def op_write():
    some = [(f, h) for f in files for h in f.open if h.writes() and len(f.data) < MAX]
    if not some:
        return None
    file, handle = chance.choice(some)
    offset = chance.choice([0, len(file.data), chance.randrange(len(file.data) + 1), len(file.data) + chance.randrange(300_000)])
    data = noise(min(lengths(), 100_000) if handle.flags & os.O_DSYNC else lengths())
    write(file, handle, offset, data)
    return file.names, oct(handle.flags), offset, len(data)


def op_map():
    some = [(f, h) for f in files for h in f.open if h.reads() and len(f.data) >= 4096 and len(f.maps) < 3]
    if not some:
        return None
    file, handle = chance.choice(some)
    mapping = Mapping(handle.fd, len(file.data), handle.writes())
    file.maps.append(mapping)
    if chance.random() < 0.5:
        # Programs close what they have mapped.
        file.open.remove(handle)
        os.close(handle.fd)
        file.closed()
    return file.names, mapping.length, mapping.writable


def op_store():
    some = [(f, m) for f in files for m in f.maps if m.writable]
    if not some:
        return None
    file, mapping = chance.choice(some)
    start = chance.randrange(min(mapping.length, len(file.data)))
    data = noise(min(lengths(), min(mapping.length, len(file.data)) - start))
    mapping.write(start, data)
    file.data[start : start + len(data)] = data
    return file.names, start, len(data)


def op_unmap():
    some = [(f, m) for f in files for m in f.maps]
    if not some:
        return None
    file, mapping = chance.choice(some)
    file.maps.remove(mapping)
    mapping.close()
    file.closed()
    gone()
    return file.names


def op_cut():
    some = [(f, h) for f in files for h in f.open + [None] if f.names and (h is None or h.writes())]
    if not some:
        return None
    file, handle = chance.choice(some)
    size = max(file.mapped_to(), chance.choice([0, len(file.data) // 2, len(file.data) + 70_000, 4096, chance.randrange(MAX)]))
    if handle is None:
        os.truncate(path(file), size)
    else:
        os.ftruncate(handle.fd, size)
    del file.data[size:]
    file.data.extend(bytes(size - len(file.data)))
    return file.names, size


def op_punch():
    some = [(f, h) for f in files for h in f.open if h.writes() and not h.appends() and len(f.data) > 10]
    if not some:
        return None
    file, handle = chance.choice(some)
    start = chance.randrange(len(file.data))
    end = min(len(file.data), start + lengths())
    mode = chance.choice([FALLOC_PUNCH_HOLE, FALLOC_ZERO_RANGE]) | FALLOC_KEEP_SIZE
    check(libc.fallocate(handle.fd, mode, start, end - start) == 0, "fallocate: " + os.strerror(ctypes.get_errno()))
    file.data[start:end] = bytes(end - start)
    return file.names, mode, start, end


def op_copy():
    some = [(f, h) for f in files for h in f.open]
    sources, targets = [x for x in some if x[1].reads() and x[0].data], [x for x in some if x[1].writes() and not x[1].appends()]
    if not sources or not targets:
        return None
    (source, one), (target, two) = chance.choice(sources), chance.choice(targets)
    if source is target:
        return None
    start = chance.randrange(len(source.data))
    count = min(len(source.data) - start, lengths())
    at = chance.randrange(len(target.data) + 1)
    moved = 0
    while moved < count:
        some = os.copy_file_range(one.fd, two.fd, count - moved, start + moved, at + moved)
        check(some > 0, "copy_file_range gave 0 before the end")
        moved += some
    target.data[at : at + count] = source.data[start : start + count]
    return source.names, target.names, count


def op_sync():
    some = [(f, h) for f in files for h in f.open]
    if not some:
        return None
    file, handle = chance.choice(some)
    os.fsync(handle.fd)
    if file.names and chance.random() < 0.5 and not file.maps:
        compare_elsewhere(file)
    return file.names


def op_link():
    file = pick(lambda f: len(f.names) < 3)
    if not file:
        return None
    counter[0] += 1
    os.link(path(file), f"{MOUNT}/l{counter[0]}")
    file.names.append(f"l{counter[0]}")
    return file.names


def op_unlink():
    file = pick()
    if not file:
        return None
    name = file.names.pop(chance.randrange(len(file.names)))
    os.unlink(f"{MOUNT}/{name}")
    gone()
    return name


def op_clone():
    file = pick(lambda f: not any(h.writes() for h in f.open) and not f.maps and f.data)
    if not file or len(files) >= 10:
        return None
    counter[0] += 1
    copy = File(f"c{counter[0]}")
    made = subprocess.run([LEAT, "clone", path(file), path(copy)], capture_output=True, text=True)
    check(made.returncode == 0, f"clone: {made.stderr}")
    copy.data = bytearray(file.data)
    files.append(copy)
    return file.names, copy.names


def op_warm():
    file = pick(lambda f: not f.open and not f.maps)
    if not file:
        return None
    made = subprocess.run([LEAT, "warmup"] + chance.choice([[], [], ["--evict"]]) + [path(file)], capture_output=True, text=True)
    check(made.returncode == 0, f"warmup: {made.stderr}")
    return file.names


def op_read():
    for file in files:
        suspects[:] = [file]
        for handle in file.open:
            if handle.reads():
                start = chance.randrange(len(file.data) + 1)
                end = min(len(file.data), start + lengths())
                same(f"{file.names} through flags {oct(handle.flags)} from {start}", os.pread(handle.fd, end - start, start),
                     bytes(file.data[start:end]))
            check(os.fstat(handle.fd).st_size == len(file.data),
                  f"{file.names}: {os.fstat(handle.fd).st_size} bytes by fstat and not {len(file.data)}")
        for mapping in [m for m in file.maps if m.current]:
            start = chance.randrange(min(mapping.length, len(file.data)))
            end = min(mapping.length, len(file.data), start + lengths())
            same(f"{file.names} mapped, from {start}", mapping.read(start, end), bytes(file.data[start:end]))
        if file.names:
            size = os.stat(path(file)).st_size
            check(size == len(file.data), f"{file.names}: {size} bytes by stat and not {len(file.data)}")
    return len(files)


def op_reread():
    file = pick()
    if not file:
        return None
    name = path(file)
    suspects[:] = [file]
    same(f"{name}, all of it", content(name), bytes(file.data))
    return file.names, name


def compare_elsewhere(file):
    suspects[:] = [file]

    def problem():
        try:
            same(f"{file.names} on the other mount", content(path(file, OTHER)), bytes(file.data))
        except (Failure, OSError) as e:
            return e
        return None

    settled("the other mount", problem)


def op_elsewhere():
    """The other mount reads what nobody writes here, and changes it: also under those who have it open here for reading."""
    file = pick(lambda f: not any(h.writes() for h in f.open) and not any(m.writable for m in f.maps))
    if not file:
        return None
    compare_elsewhere(file)
    if chance.random() < 0.6:
        with open(path(file, OTHER), "r+b") as other:
            offset = chance.randrange(len(file.data) + 1)
            data = noise(lengths())
            other.seek(offset)
            other.write(data)
        file.data[offset : offset + len(data)] = data

        def problem():
            suspects[:] = [file]
            try:
                same(f"{file.names}, changed elsewhere", content(path(file)), bytes(file.data))
                op_read()
            except Failure as e:
                return f"{e}; written elsewhere: {len(data)} bytes at {offset}; there it is {content(path(file, OTHER)) == file.data}"
            return None

        settled("a change by the other mount", problem)
    return file.names


def op_times():
    file = pick(lambda f: not any(m.writable for m in f.maps))
    if not file:
        return None
    when = chance.randrange(10**9) * 10**9 + chance.randrange(10**9)
    os.utime(path(file), ns=(when, when))
    got = os.stat(path(file)).st_mtime_ns
    check(got == when, f"{file.names}: mtime {got} and not {when}")
    return file.names


OPERATIONS = [op_make] * 4 + [op_open] * 10 + [op_close] * 9 + [op_write] * 10 + [op_map] * 4 + [op_store] * 6 + [op_unmap] * 4 + [
    op_cut] * 2 + [op_punch] * 2 + [op_copy] * 2 + [op_sync] * 3 + [op_link, op_unlink, op_times] + [op_clone] + [op_warm] * 3 + [
    op_read] * 10 + [op_reread] * 5 + [op_elsewhere] * 3


def facts():
    with open(options.state) as state:
        return json.load(state)


totals = {}


def count():
    """What the daemon that is about to end has opened, and how."""
    now = status()
    opens = {"passed through": now["passthroughOpens"], "written": now["workOpens"], "with writes told": now["workWriteOpens"], **now["daemonOpens"]}
    for what, number in opens.items():
        totals[what] = totals.get(what, 0) + number


def kill():
    count()
    pid = facts()["pid"]
    os.kill(pid, signal.SIGKILL)
    op_read()
    end = time.monotonic() + 120
    while facts()["pid"] == pid:
        check(time.monotonic() < end, "no other daemon")
        time.sleep(0.01)


def begin():
    """A file that the kernel writes, with a writer the daemon is told of: chance may bring none in a short run."""
    counter[0] += 1
    file = File(f"f{counter[0]}")
    files.append(file)
    for flags in os.O_RDWR | os.O_CREAT | os.O_EXCL, os.O_RDWR | os.O_DSYNC:
        file.open.append(Handle(os.open(path(file), flags, 0o644), flags))
        write(file, file.open[-1], len(file.data), noise(100_000))
    op_read()


def run():
    begin()
    began = time.monotonic()
    kills = [began + options.seconds * (i + 0.5 + chance.random() / 2) / options.kills for i in range(options.kills)] if options.state else []
    while time.monotonic() - began < options.seconds:
        if kills and time.monotonic() > kills[0]:
            kills.pop(0)
            log.append(("kill",))
            kill()
        operation = chance.choice(OPERATIONS)
        log.append((operation.__name__,))
        told = operation()
        log[-1] = (operation.__name__, told)
        done[operation.__name__] = done.get(operation.__name__, 0) + (told is not None)
    count()
    for file in list(files):
        for mapping in file.maps:
            mapping.close()
        file.maps = []
        for handle in file.open:
            os.close(handle.fd)
        file.open = []
    gone()
    for file in files:
        for name in file.names:
            same(f"{name} at the end", content(f"{MOUNT}/{name}"), bytes(file.data))
        compare_elsewhere(file)
    with open(f"{options.mount}.model", "wb") as model:
        for file in files:
            for name in file.names:
                model.write(f"{name} {len(file.data)}\n".encode() + file.data)
    for what in ("passed through", "written", "with writes told") if options.passthrough else ():
        check(totals[what] > 0 or options.seconds < 10, f"no open was {what}")
    print(f"{sum(done.values())} operations; opens: {({what: number for what, number in totals.items() if number})}")


def of(file):
    """What happened to a file, and the kills in between."""
    for number, entry in enumerate(log):
        told = entry[1] if len(entry) > 1 else None
        if entry[0] == "kill" or told is file.names or (isinstance(told, tuple) and any(part is file.names for part in told)):
            yield f"{number}: {entry}"


def ways(file):
    """How a file looks by each way that there is, a second later."""
    time.sleep(1)
    wanted = bytes(file.data)
    for what, read in [*((f"flags {oct(h.flags)}", lambda h=h: os.pread(h.fd, MAX * 2, 0)) for h in file.open if h.reads()),
                       *((f"mapping of {m.length}, {m.writable}, {m.current}", lambda m=m: m.read(0, m.length)) for m in file.maps),
                       *((name, lambda name=name: content(f"{MOUNT}/{name}")) for name in file.names),
                       *((f"{name} on the other mount", lambda name=name: content(f"{OTHER}/{name}")) for name in file.names)]:
        try:
            got = read()
            same(what, got, wanted[: len(got)] if what.startswith("mapping") else wanted)
            yield f"{what}: right"
        except (Failure, OSError) as problem:
            yield str(problem)


try:
    run()
except (Failure, OSError, subprocess.CalledProcessError) as e:
    print("the last operations:", *log[-40:], sep="\n  ")
    for suspect in suspects:
        print(f"what happened to {suspect.names}:", *of(suspect), sep="\n  ")
        print("how it looks a second later:", *ways(suspect), sep="\n  ")
    print(f"seed {options.seed}, after {len(log)} operations: {e!r}")
    sys.exit(1)
