"""Kills the daemon of a mount while workers write, and checks after each remount what was acknowledged.

Every worker has a folder of its own and knows for each name what it acknowledged last; of the one operation that was
under way at the kill either outcome is right, but nothing between them. What a worker knows is kept outside the volume:
in this process, which outlives the daemon.
"""
import argparse
import errno
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

WORKERS = 4
CRUMBS_BYTES = 500_000
BLOB = re.compile(r"/[0-9a-f]{2}/[0-9a-f]{16}/[0-9a-f]{12}$")
NAMES = [f"n{i:02d}" for i in range(24)]
# What the calls of a mount give whose daemon is dead.
DEAD = {errno.ENOTCONN, errno.ECONNABORTED, errno.EIO, errno.ECONNREFUSED}


class Failure(Exception):
    pass


def content(version, size):
    block = (b"%015d." % version) * 256
    return (block * (size // len(block) + 1))[:size]


class Held:
    """What a name has to hold: version and size; soft if nothing but its existence was acknowledged."""

    def __init__(self, version, size, soft=False):
        self.version, self.size, self.soft = version, size, soft

    def allows(self, data):
        full = content(self.version, self.size)
        return full.startswith(data) if self.soft else data == full

    def __repr__(self):
        return f"version {self.version} of {self.size} bytes{' or a part' if self.soft else ''}"


class Worker:
    def __init__(self, number, folder, seed):
        self.folder = os.path.join(folder, f"w{number}")
        self.random = random.Random(seed * 100 + number)
        self.held = {}
        self.folders = set()
        self.log_acknowledged = 0
        self.log_written = 0
        # What a file holds that is overwritten in small pieces, each of them synced: what compaction is for.
        self.crumbs = bytearray()
        self.version = number
        self.pending = None
        self.acknowledged = 0
        self.error = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def size(self):
        return self.random.choice([10, 100, 4000, 4096, 5000, 20000, 50000, 150000, self.random.randrange(400000),
                                   self.random.choice([20000, 5 << 20, self.random.randrange(12 << 20)])])

    def next_version(self):
        self.version += WORKERS
        return self.version

    def write(self, path, data, fsync):
        fd = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o644)
        step = self.random.choice([len(data), 65536])
        try:
            for at in range(0, len(data), step):
                os.write(fd, data[at:at + step])
            if fsync:
                os.fsync(fd)
        finally:
            os.close(fd)

    def run(self, soft, stop):
        """Works until the daemon is dead; soft is whether what was closed may be lost with it."""
        try:
            while not stop.is_set():
                self.step(soft)
                self.pending = None
                self.acknowledged += 1
        except OSError as e:
            if e.errno not in DEAD or not stop.is_set():
                self.error = f"{self.pending}: {e}"
        except Exception as e:
            self.error = f"{self.pending}: {e!r}"

    def step(self, soft):
        what = self.random.randrange(14)
        name = self.random.choice(NAMES)
        if what <= 3:
            new = Held(self.next_version(), self.size())
            fsync = self.random.random() < 0.5
            self.pending = ("overwrite", name, new)
            self.write(self.path(name), content(new.version, new.size), fsync)
            new.soft = soft and not fsync
            self.held[name] = new
        elif what <= 5:
            new = Held(self.next_version(), self.size())
            self.pending = ("replace", name, new)
            self.write(self.path("tmp"), content(new.version, new.size), True)
            os.rename(self.path("tmp"), self.path(name))
            self.held[name] = new
        elif what == 6:
            line = b"%09d\n" * 5 % tuple(range(self.log_written, self.log_written + 5))
            self.pending = ("append", 5)
            fd = os.open(self.path("log"), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o644)
            try:
                self.log_written += 5
                os.write(fd, line)
                os.fsync(fd)
                self.log_acknowledged = self.log_written
            finally:
                os.close(fd)
        elif what == 7 and name in self.held:
            self.pending = ("unlink", name)
            os.unlink(self.path(name))
            del self.held[name]
        elif what == 8 and name in self.held:
            to = self.random.choice(NAMES)
            if to != name:
                self.pending = ("rename", name, to)
                os.rename(self.path(name), self.path(to))
                self.held[to] = self.held.pop(name)
        elif what > 9:
            at = self.random.randrange(CRUMBS_BYTES)
            data = content(self.next_version(), self.random.randrange(1, 5000))
            self.pending = ("crumb", at, data)
            fd = os.open(self.path("crumbs"), os.O_CREAT | os.O_WRONLY, 0o644)
            try:
                os.pwrite(fd, data, at)
                os.fsync(fd)
                self.crumbs = self.with_crumb(at, data)
            finally:
                os.close(fd)
        elif what == 9:
            folder = "d" + self.random.choice(NAMES[:6])
            self.pending = ("folder", folder)
            if folder in self.folders:
                os.rmdir(self.path(folder))
                self.folders.remove(folder)
            else:
                os.mkdir(self.path(folder))
                self.folders.add(folder)

    def with_crumb(self, at, data):
        whole = self.crumbs + bytes(max(0, at - len(self.crumbs)))
        whole[at:at + len(data)] = data
        return whole

    # After the crash.

    def data(self, name):
        try:
            with open(self.path(name), "rb") as f:
                return f.read()
        except FileNotFoundError:
            return None

    @staticmethod
    def fits(held, data):
        return data is None if held is None else data is not None and held.allows(data)

    def check(self, local):
        """Compares with what was acknowledged, and takes over which outcome the operation under way had; local is the durability before the kill."""
        pending, self.pending = self.pending, None
        kind = pending[0] if pending else None
        touched = {}
        if kind == "rename":
            self.check_rename(*pending[1:])
            touched = {pending[1], pending[2]}
        elif kind in ("overwrite", "replace", "unlink"):
            self.check_one(kind, *pending[1:])
            touched = {pending[1]}
        for name in NAMES:
            if name not in touched:
                held, data = self.held.get(name), self.data(name)
                if not self.fits(held, data):
                    raise Failure(f"{self.path(name)}: {self.describe(data)}, acknowledged was {held}")
                if held is not None and held.soft:
                    # Whatever it is now stays so.
                    self.held[name] = Held(held.version, len(data))
        self.check_log()
        self.check_crumbs(pending, local)
        self.check_folders(pending)
        expected = set(self.held) | self.folders | {"log", "crumbs"}
        extra = set(os.listdir(self.folder)) - expected - {"tmp"}
        if extra:
            raise Failure(f"{self.folder} has {sorted(extra)}, which nobody made or which were removed")
        if os.path.exists(self.path("tmp")):
            os.unlink(self.path("tmp"))

    def check_rename(self, name, to):
        moved, before = self.held[name], self.held.get(to)
        source, target = self.data(name), self.data(to)
        if self.fits(moved, source) and self.fits(before, target):
            survivors = ((name, moved, source), (to, before, target))
        elif source is None and self.fits(moved, target):
            survivors = ((to, moved, target),)
        else:
            raise Failure(f"rename of {self.path(name)} ({moved}) over {to} ({before}) was half done: "
                          f"{self.describe(source)}, {self.describe(target)}")
        self.held.pop(name)
        self.held.pop(to, None)
        for path, held, data in survivors:
            if held is not None:
                self.held[path] = Held(held.version, len(data))

    def check_one(self, kind, name, new=None):
        held, data = self.held.get(name), self.data(name)
        outcomes = [held]
        if kind == "unlink":
            outcomes.append(None)
        elif kind == "replace":
            outcomes.append(new)
        else:
            outcomes.append(Held(new.version, new.size, soft=True))
        for outcome in outcomes:
            if self.fits(outcome, data):
                self.held.pop(name, None)
                if outcome is not None:
                    self.held[name] = Held(outcome.version, len(data))
                return
        raise Failure(f"{self.path(name)}: {self.describe(data)}; {kind} was under way, allowed were {outcomes}")

    def check_log(self):
        data = self.data("log") or b""
        everything = b"".join(b"%09d\n" % i for i in range(self.log_written))
        if len(data) < self.log_acknowledged * 10 or not everything.startswith(data):
            raise Failure(f"{self.path('log')}: {len(data)} bytes, {self.log_acknowledged * 10} were acknowledged, "
                          f"{self.log_written * 10} written; or its lines differ")
        self.log_written = self.log_acknowledged = len(data) // 10
        if len(data) % 10:
            raise Failure(f"{self.path('log')} ends within one write")

    def check_crumbs(self, pending, local):
        data = bytearray(self.data("crumbs") or b"")
        allowed = [self.crumbs]
        if pending and pending[0] == "crumb":
            # The kernel sends a write that begins within a page that it does not have page by page.
            _, at, new = pending
            borders = range(4096 - at % 4096, len(new), 4096)
            allowed += [self.with_crumb(at, new[:part]) for part in (*borders, len(new))]
        if data not in allowed and not (local and self.is_mixed(pending, data)):
            at = next((i for i, (a, b) in enumerate(zip(data, self.crumbs)) if a != b), min(len(data), len(self.crumbs)))
            raise Failure(f"{self.path('crumbs')}: {len(data)} bytes, {len(self.crumbs)} were acknowledged; they differ "
                          f"from byte {at} on; under way was {pending and pending[:2]}")
        self.crumbs = data

    def is_mixed(self, pending, data):
        """Whether the write under way is there in parts. It goes over bytes in the work file that wait for the store, as on a local disk
        over what is there: those are published with what they hold now, and what the write added beside them is not."""
        if not pending or pending[0] != "crumb":
            return False
        _, at, new = pending
        whole = self.with_crumb(at, new)
        before = self.crumbs + bytes(max(0, len(whole) - len(self.crumbs)))
        return len(self.crumbs) <= len(data) <= len(whole) and all(a in (b, c) for a, b, c in zip(data, before, whole))

    def check_folders(self, pending):
        now = {name for name in os.listdir(self.folder) if name.startswith("d")}
        difference = now ^ self.folders
        if pending and pending[0] == "folder":
            difference -= {pending[1]}
        if difference:
            raise Failure(f"{self.folder}: folders {sorted(difference)} differ from what was acknowledged")
        self.folders = now

    @staticmethod
    def describe(data):
        return "missing" if data is None else f"{len(data)} bytes, {data[:16]!r}…{data[-16:]!r}"


class Run:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.mount_point = options.mount
        self.workers = []
        self.acknowledged = 0

    def leat(self, *arguments, timeout=300):
        done = subprocess.run([self.options.leat, *arguments], capture_output=True, text=True, timeout=timeout)
        if done.returncode != 0:
            raise Failure(f"leat {' '.join(arguments)}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def mount(self, local, staged):
        self.leat("mount", self.options.url, self.mount_point, "--cache-dir", self.mount_point + ".cache",
                  "--cache-size", "4GiB", "--lease", "1s", *self.options.mount_options, "--durability", "local" if local else "store",
                  "--close", "staged" if staged else "flush")
        return json.loads(self.leat("status", "--json", self.mount_point))

    def forget_cache(self):
        """The cache goes, but for the work folder: that is no cache."""
        cache = self.mount_point + ".cache"
        for name in os.listdir(cache):
            if name != "work":
                shutil.rmtree(os.path.join(cache, name), ignore_errors=True)

    def collect(self, stop):
        """Collects garbage over and over while the round runs; the volume is under load, so only its crashes matter."""
        while not stop.is_set():
            subprocess.run([self.options.leat, "gc", self.options.url, "--delete"], capture_output=True, timeout=300)

    def compact(self, stop):
        """Compacts over and over, through the mount and beside it; what was killed half-way has to be as before."""
        while not stop.is_set():
            for target in (self.mount_point, self.options.url):
                subprocess.run([self.options.leat, "compact", target], capture_output=True, timeout=300)

    def round(self, number):
        began = time.time()
        local, staged, facts = self.local, self.staged, self.facts
        if not self.workers:
            self.workers = [Worker(i, self.mount_point, self.options.seed) for i in range(WORKERS)]
            for worker in self.workers:
                os.mkdir(worker.folder)
        stop = threading.Event()
        threads = [threading.Thread(target=worker.run, args=(staged and not local, stop)) for worker in self.workers]
        if self.options.gc and self.random.random() < 0.3:
            threads.append(threading.Thread(target=self.collect, args=(stop,)))
        if self.options.compact and self.random.random() < 0.6:
            threads.append(threading.Thread(target=self.compact, args=(stop,)))
        for thread in threads:
            thread.start()
        time.sleep(self.random.uniform(0.3, 2.5))
        stop.set()
        # As when the machine ends: nobody is left to go on.
        if facts["holder"]:
            os.kill(facts["holder"], signal.SIGKILL)
        os.kill(facts["pid"], signal.SIGKILL)
        deadline = time.time() + 30
        for thread in threads:
            thread.join(max(0, deadline - time.time()))
        # By force, since the kernel may keep a thread of a daemon that was killed as it told of a name, and with it the workers.
        subprocess.run(["umount", "-f", "-l", self.mount_point], check=True)
        for thread in threads:
            thread.join()
        for worker in self.workers:
            if worker.error:
                raise Failure(f"round {number}: an error before the kill, in {worker.error}")
        if self.random.random() < 0.5:
            self.forget_cache()
        self.local = self.options.durability == "local" or (self.options.durability == "any" and self.random.random() < 0.5)
        self.staged = self.random.random() < 0.5
        self.facts = self.mount(self.local, self.staged)
        for worker in self.workers:
            try:
                worker.check(local)
            except (Failure, OSError) as e:
                shutil.copy(facts["log"], self.mount_point + ".daemon.log")
                raise Failure(f"round {number} ({'local' if local else 'store'}, {'staged' if staged else 'flush'}): {e}") from e
        print(f"round {number}: {time.time() - began:.1f} s", flush=True)

    def end(self):
        """Everything is removed; then nothing of it may be left in the store."""
        if not self.options.gc:
            self.leat("umount", self.mount_point)
            return "no gc in this build"
        # Up to 4 KiB lie in the metadata; anything longer needs an object.
        if any(held.size > 4096 for worker in self.workers for held in worker.held.values()) and not self.blobs():
            raise Failure("the store holds no object of the volume: this test does not know how they are named")
        for worker in self.workers:
            shutil.rmtree(worker.folder)
        self.leat("umount", self.mount_point)
        # Without a trash there is nothing in it.
        self.leat("trash", "empty", self.options.url)
        # Objects of sessions that died without goodbye are untouchable until their lease has run out.
        deadline = time.time() + 300
        while True:
            self.leat("gc", self.options.url, "--delete")
            left = self.blobs()
            if not left:
                return "no object left behind"
            if time.time() > deadline:
                raise Failure(f"{len(left)} objects are left in the store after gc, such as {left[:3]}")
            time.sleep(1)

    def blobs(self):
        """Objects: <volume>/<two hex digits>/<session>/<number>."""
        store = self.mount_point + ".store"
        return [os.path.join(folder, name) for folder, _, names in os.walk(store) for name in names
                if BLOB.search(os.path.join(folder, name))]

    def run(self):
        self.local = self.options.durability == "local"
        self.staged = False
        self.facts = self.mount(self.local, self.staged)
        try:
            for number in range(self.options.rounds):
                self.round(number)
            left = self.end()
        except Failure as e:
            sys.exit(f"FAILED, seed {self.options.seed}: {e}")
        acknowledged = sum(worker.acknowledged for worker in self.workers)
        if acknowledged < self.options.rounds:
            sys.exit(f"FAILED: only {acknowledged} operations were acknowledged in {self.options.rounds} rounds")
        print(f"{self.options.rounds} kills, {acknowledged} operations, none lost, {left}")


parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--rounds", type=int, required=True)
parser.add_argument("--leat", required=True)
parser.add_argument("--url", required=True)
parser.add_argument("--durability", choices=["store", "local", "any"], default="any")
parser.add_argument("--gc", action="store_true")
parser.add_argument("--compact", action="store_true")
parser.add_argument("mount")
options = parser.parse_args()
# Few pieces are enough for a mount to compact on its own.
options.mount_options = ["--compact-extents", "16"] if options.compact else []
Run(options).run()
