"""Programs at work on a mount whose daemon is killed again and again: none of them may see anything but a pause.

Each worker keeps what it did in memory and compares: contents through descriptors that stay open over many daemons, names, listings, locks,
files without a name. What fails is printed with the seed.
"""
import argparse
import ctypes
import fcntl
import json
import mmap
import os
import random
import signal
import sys
import threading
import time

LIBC = ctypes.CDLL(None, use_errno=True)
EXCHANGE = 2


def check(holds, what):
    if not holds:
        raise AssertionError(what)


class Worker(threading.Thread):
    def __init__(self, kind, folder, seed):
        super().__init__(daemon=True, name=kind)
        self.folder = os.path.join(folder, kind)
        self.random = random.Random(f"{seed} {kind}")
        self.steps = 0
        self.doing = ""
        self.problem = None

    def run(self):
        try:
            os.mkdir(self.folder)
            self.begin()
            while not STOP.is_set() and self.problem is None:
                self.step()
                self.steps += 1
                # Steps of microseconds would hardly ever meet a kill half-way, and would take the processor from the daemon.
                time.sleep(self.random.random() * 0.004)
            self.end()
        except Exception as e:
            self.problem = f"{self.name}, step {self.steps}, {self.doing}: {e!r}"

    def begin(self):
        pass

    def end(self):
        pass

    def after(self):
        """After the volume was mounted anew."""

    def path(self, name):
        return os.path.join(self.folder, name)


class Contents(Worker):
    """One file that stays open, written everywhere, cut, synced and read back, also through a mapping."""
    MAX = 6 << 20

    def begin(self):
        self.fd = os.open(self.path("f"), os.O_CREAT | os.O_RDWR, 0o644)
        self.data = bytearray()

    def step(self):
        what = self.random.randrange(20)
        if what < 9:
            size = self.random.choice([1, 100, 4096, 70_000, 1 << 20])
            at = self.random.randrange(self.MAX - size)
            piece = self.random.randbytes(size)
            self.doing = f"write of {size} at {at}"
            check(os.pwrite(self.fd, piece, at) == size, "short write")
            if len(self.data) < at:
                self.data.extend(bytes(at - len(self.data)))
            self.data[at:at + size] = piece
        elif what < 16 and self.data:
            at = self.random.randrange(len(self.data))
            size = self.random.choice([1, 4096, 1 << 20])
            self.doing = f"read of {size} at {at}"
            check(os.pread(self.fd, size, at) == self.data[at:at + size], "wrong bytes")
        elif what == 16:
            size = self.random.randrange(self.MAX)
            self.doing = f"truncate to {size}"
            os.ftruncate(self.fd, size)
            del self.data[size:]
            self.data.extend(bytes(size - len(self.data)))
        elif what == 17:
            self.doing = "fsync"
            os.fsync(self.fd)
        elif what == 18:
            self.doing = "close and open"
            os.close(self.fd)
            self.fd = os.open(self.path("f"), os.O_RDWR)
        elif self.data:
            self.doing = "mapping"
            with mmap.mmap(self.fd, len(self.data), prot=mmap.PROT_READ) as mapped:
                at = self.random.randrange(len(self.data))
                check(mapped[at:at + 65536] == self.data[at:at + 65536], "wrong bytes in a mapping")
        self.doing = "fstat"
        check(os.fstat(self.fd).st_size == len(self.data), f"size is {os.fstat(self.fd).st_size}, not {len(self.data)}")

    def end(self):
        self.doing = "last close"
        os.close(self.fd)
        self.after()

    def after(self):
        with open(self.path("f"), "rb") as file:
            check(file.read() == self.data, f"{self.name}: wrong content")


class Log(Worker):
    """Appends."""

    def begin(self):
        self.fd = os.open(self.path("log"), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o644)
        self.lines = 0

    def step(self):
        self.doing = f"line {self.lines}"
        os.write(self.fd, b"%09d\n" % self.lines)
        self.lines += 1
        if self.random.randrange(10) == 0:
            os.fsync(self.fd)
        if self.random.randrange(10) == 0:
            os.close(self.fd)
            self.fd = os.open(self.path("log"), os.O_APPEND | os.O_WRONLY)

    def end(self):
        os.close(self.fd)
        self.after()

    def after(self):
        with open(self.path("log"), "rb") as file:
            got = file.read()
        wanted = b"".join(b"%09d\n" % i for i in range(self.lines))
        check(len(got) == len(wanted), f"the log has {len(got)} bytes and not {len(wanted)}")
        at = next((i for i in range(len(wanted)) if got[i] != wanted[i]), None)
        check(at is None, f"the log has other bytes from {at} on: {got[at or 0:][:40]}")


class Names(Worker):
    """Makes, moves and removes names, each of which has to succeed."""

    def begin(self):
        self.names = {}
        self.made = 0

    def step(self):
        what = self.random.choice("mfslrxu")
        some = self.random.choice(sorted(self.names)) if self.names else None
        new = f"n{self.made}"
        self.made += 1
        self.doing = f"{what} {some} {new}"
        if what == "m":
            os.mkdir(self.path(new))
            self.names[new] = "d"
        elif what == "f":
            os.close(os.open(self.path(new), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
            self.names[new] = "f"
        elif what == "s":
            os.symlink(new, self.path(new))
            self.names[new] = "l"
        elif some is None:
            return
        elif what == "l" and self.names[some] == "f":
            os.link(self.path(some), self.path(new))
            self.names[new] = "f"
        elif what == "r":
            os.rename(self.path(some), self.path(new))
            self.names[new] = self.names.pop(some)
        elif what == "x":
            other = self.random.choice(sorted(self.names))
            if other != some and self.names[other] != self.names[some]:
                self.doing = f"exchange {some} {other}"
                if LIBC.renameat2(-100, self.path(some).encode(), -100, self.path(other).encode(), EXCHANGE) != 0:
                    raise OSError(ctypes.get_errno(), "renameat2")
                self.names[some], self.names[other] = self.names[other], self.names[some]
                self.kind(some)
                self.kind(other)
        elif what == "u":
            (os.rmdir if self.names[some] == "d" else os.unlink)(self.path(some))
            del self.names[some]
        while len(self.names) > 60:
            some = self.random.choice(sorted(self.names))
            (os.rmdir if self.names[some] == "d" else os.unlink)(self.path(some))
            del self.names[some]

    def kind(self, name):
        path = self.path(name)
        got = "l" if os.path.islink(path) else "d" if os.path.isdir(path) else "f"
        check(got == self.names[name], f"{name} is a {got} and not a {self.names[name]}")

    def end(self):
        self.after()

    def after(self):
        check(set(os.listdir(self.folder)) == set(self.names), f"names: {set(os.listdir(self.folder)) ^ set(self.names)}")
        for name in self.names:
            self.kind(name)


class Nameless(Worker):
    """A file that was removed while it is open."""

    def begin(self):
        self.fd = None

    def step(self):
        if self.fd is None or self.random.randrange(40) == 0:
            self.end()
            self.doing = "make and remove"
            self.fd = os.open(self.path("gone"), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o644)
            os.unlink(self.path("gone"))
            self.data = bytearray()
        self.doing = "write without a name"
        piece = self.random.randbytes(self.random.choice([10, 5000, 100_000]))
        os.pwrite(self.fd, piece, len(self.data))
        self.data += piece
        if self.random.randrange(4) == 0:
            self.doing = "fsync without a name"
            os.fsync(self.fd)
        self.doing = "read without a name"
        check(os.pread(self.fd, len(self.data) + 1, 0) == self.data, "wrong bytes in a file without a name")

    def end(self):
        if self.fd is not None:
            os.close(self.fd)


class Lister(Worker):
    """Reads a directory bit by bit while others are made and removed in it: what is there all the time is told exactly once."""
    STEADY = 3000

    def begin(self):
        for i in range(self.STEADY):
            os.close(os.open(self.path(f"steady{i:05d}"), os.O_CREAT | os.O_WRONLY, 0o644))

    def step(self):
        seen = []
        self.doing = "listing"
        with os.scandir(self.folder) as entries:
            for entry in entries:
                seen.append(entry.name)
                if len(seen) % 300 == 0:
                    passing = self.path(f"passing{self.random.randrange(20):05d}")
                    if os.path.exists(passing):
                        os.unlink(passing)
                    else:
                        os.close(os.open(passing, os.O_CREAT | os.O_WRONLY, 0o644))
                    time.sleep(0.02)
        steady = [name for name in seen if name.startswith("steady")]
        check(len(steady) == len(set(steady)), "a name was told twice")
        check(len(steady) == self.STEADY, f"{len(steady)} of {self.STEADY} names were told")


class Counter(Worker):
    """Two of them add to one number under a lock."""
    PATH = None

    def begin(self):
        with GUARD:
            if Counter.PATH is None:
                Counter.PATH = self.path("number")
                with open(Counter.PATH, "w") as file:
                    file.write("0")
        self.added = 0

    def step(self):
        self.doing = "add under a lock"
        fd = os.open(Counter.PATH, os.O_RDWR)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            number = int(os.pread(fd, 100, 0)) + 1
            os.pwrite(fd, b"%d" % number, 0)
        finally:
            os.close(fd)
        self.added += 1


parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--rounds", type=int, required=True)
parser.add_argument("--state", required=True, help="the file that tells the daemon's process")
parser.add_argument("--remount", required=True, help="a command that unmounts and mounts again")
parser.add_argument("mount")
options = parser.parse_args()
STOP, GUARD = threading.Event(), threading.Lock()


def facts():
    with open(options.state) as file:
        return json.load(file)


kinds = {"contents0": Contents, "contents1": Contents, "log": Log, "names0": Names, "names1": Names, "nameless": Nameless,
         "lister": Lister, "counter0": Counter, "counter1": Counter}
workers = [kind(name, options.mount, options.seed) for name, kind in kinds.items()]
for worker in workers:
    worker.start()
chance = random.Random(options.seed)
pauses = []


def kill_daemon():
    """Kills the daemon, and sometimes the next one, which may be at any point of its start or at its first answers; waits until there is one that lives."""
    killed = {facts()["pid"]}
    os.kill(*killed, signal.SIGKILL)
    if chance.random() < 0.3:
        time.sleep(1.2 * chance.random())
        holder = facts()["holder"]
        with open(f"/proc/{holder}/task/{holder}/children") as file:
            for child in map(int, file.read().split()):
                killed.add(child)
                os.kill(child, signal.SIGKILL)
    while facts()["pid"] in killed:
        time.sleep(0.01)


for turn in range(options.rounds):
    time.sleep(0.3 + 1.5 * chance.random())
    began = time.monotonic()
    kill_daemon()
    # Nobody has asked for this name before.
    if os.path.exists(os.path.join(options.mount, f"nothing{turn}")):
        sys.exit("a name that nobody made")
    pauses.append(time.monotonic() - began)
    bad = [worker.problem for worker in workers if worker.problem]
    if bad:
        print(f"seed {options.seed}, round {turn}:", *bad, sep="\n")
        sys.exit(1)
STOP.set()
for worker in workers:
    worker.join(120)
    if worker.is_alive():
        worker.problem = f"{worker.name} hangs: {worker.doing}"
bad = [worker.problem for worker in workers if worker.problem]
if not bad:
    added = sum(worker.added for worker in workers if isinstance(worker, Counter))
    with open(Counter.PATH) as file:
        number = int(file.read())
    if number != added:
        bad.append(f"{added} were added, the number is {number}")
    if os.system(options.remount) != 0:
        bad.append("umount or mount failed")
if not bad:
    for worker in workers:
        try:
            worker.after()
        except Exception as e:
            bad.append(f"{worker.name} after a remount: {e!r}")
if bad:
    print(f"seed {options.seed}:", *bad, sep="\n")
    sys.exit(1)
pauses.sort()
steps = sum(worker.steps for worker in workers)
print(f"{options.rounds} kills, {steps} steps, pauses {pauses[0]:.1f} to {pauses[-1]:.1f} s, median {pauses[len(pauses) // 2]:.1f} s")
