"""Loses the power of a mount's machine while workers write, and checks after each remount what was acknowledged.

Acknowledged is what was synced: bytes by fsync, names by fsync of the file or of its folder. Of the one operation of each worker that was under way either
outcome is right; of a file that is replaced by rename only the whole old or the whole new content is.
"""
import argparse
import ctypes
import errno
import fcntl
import json
import os
import platform
import random
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
import uuid

WORKERS = 6
NAMES = [f"n{i:02d}" for i in range(10)]
FS_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NOLOGFLUSH = 2
SYNC_CALLS = {
    "x86_64": (0xC000003E, [74, 75, 162, 306, 277, 26]),
    "aarch64": (0xC00000B7, [82, 83, 81, 267, 84, 227]),
}


class Failure(Exception):
    pass


def content(version, size):
    block = (b"%015d." % version) * 256
    return (block * (size // len(block) + 1))[:size]


def without_fsync():
    """For a process to be: every call that waits for a disk returns at once and does nothing, as on a disk that lies."""
    arch, calls = SYNC_CALLS[platform.machine()]
    code = [(0x20, 0, 0, 4), (0x15, 0, len(calls) + 1, arch), (0x20, 0, 0, 0)]
    for i, call in enumerate(calls):
        code.append((0x15, len(calls) - i, 0, call))
    code += [(0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050000)]
    program = b"".join(struct.pack("HBBI", *line) for line in code)
    buffer = ctypes.create_string_buffer(program)
    libc = ctypes.CDLL(None, use_errno=True)
    filters = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(buffer)))
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, filters, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


class Worker:
    def __init__(self, number, folder, seed):
        self.folder = os.path.join(folder, f"w{number}")
        self.random = random.Random(seed * 100 + number)
        self.held = {}
        self.lines = 0
        self.version = number
        self.pending = None
        self.acknowledged = 0
        self.error = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def next(self):
        self.version += WORKERS
        size = self.random.choice([10, 4096, 5000, 20000, 60000, 150000, self.random.randrange(400000), self.random.randrange(6 << 20)])
        return self.version, size

    def run(self, stop):
        try:
            while True:
                self.step()
                self.pending = None
                self.acknowledged += 1
        except OSError as e:
            if not stop.is_set():
                self.error = f"{self.pending}: {e}"
        except Exception as e:
            self.error = f"{self.pending}: {e!r}"

    def write(self, name, data, flags):
        fd = os.open(self.path(name), flags | os.O_CREAT | os.O_WRONLY, 0o644)
        try:
            os.write(fd, data)
            if self.random.random() < 0.3:
                # The second fsync has the rest.
                os.fsync(fd)
            os.fsync(fd)
        finally:
            os.close(fd)

    def sync_folder(self):
        fd = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def step(self):
        what = self.random.randrange(10)
        name = self.random.choice(NAMES)
        if what <= 3:
            new = self.next()
            self.pending = ("overwrite", name, new)
            self.write(name, content(*new), os.O_TRUNC)
            self.held[name] = new
        elif what <= 6:
            new = self.next()
            self.pending = ("replace", name, new)
            self.write("tmp", content(*new), os.O_TRUNC)
            os.rename(self.path("tmp"), self.path(name))
            self.sync_folder()
            self.held[name] = new
        elif what <= 8:
            self.pending = ("append",)
            self.write("log", b"%09d\n" % self.lines, os.O_APPEND)
            self.lines += 1
        elif name in self.held:
            self.pending = ("unlink", name)
            os.unlink(self.path(name))
            self.sync_folder()
            del self.held[name]

    # After the loss.

    def data(self, name):
        try:
            with open(self.path(name), "rb") as f:
                return f.read()
        except FileNotFoundError:
            return None

    def check(self):
        pending, self.pending = self.pending, None
        kind = pending[0] if pending else None
        touched = pending[1] if kind in ("overwrite", "replace", "unlink") else None
        for name in NAMES:
            held, data = self.held.get(name), self.data(name)
            if data == (None if held is None else content(*held)):
                continue
            if name == touched and kind == "unlink" and data is None:
                del self.held[name]
            elif name == touched and kind == "replace" and data == content(*pending[2]):
                self.held[name] = pending[2]
            elif name == touched and kind == "overwrite" and data is not None and content(*pending[2]).startswith(data):
                self.held[name] = (pending[2][0], len(data))
            else:
                raise Failure(f"{self.path(name)}: {self.describe(data)}, acknowledged was {held}, under way {pending}")
        log = self.data("log") or b""
        lines = b"".join(b"%09d\n" % i for i in range(self.lines + 1))
        if len(log) < self.lines * 10 or not lines.startswith(log):
            raise Failure(f"{self.path('log')}: {len(log)} bytes, acknowledged were {self.lines * 10}")
        self.lines = len(log) // 10
        extra = set(os.listdir(self.folder)) - set(self.held) - {"log", "tmp"}
        if extra:
            raise Failure(f"{self.folder} has {sorted(extra)}, which nobody made or which were removed")
        if os.path.exists(self.path("tmp")):
            os.unlink(self.path("tmp"))
        if len(log) % 10:
            os.truncate(self.path("log"), self.lines * 10)

    @staticmethod
    def describe(data):
        return "missing" if data is None else f"{len(data)} bytes, {data[:16]!r}…{data[-16:]!r}"


class Run:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.workers = [Worker(i, options.mount, options.seed) for i in range(WORKERS)]

    def leat(self, *arguments, **more):
        done = subprocess.run([self.options.leat, *arguments], capture_output=True, text=True, timeout=300, **more)
        if done.returncode != 0:
            raise Failure(f"leat {' '.join(arguments)}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def mount(self, lies):
        self.leat("mount", self.options.url, self.options.mount, "--durability", "local", "--cache-dir", self.options.disk + "/cache",
                  "--cache-size", "200MiB", "--lease", "1s", "--backup-meta", "0s", preexec_fn=without_fsync if lies else None)
        return json.loads(self.leat("status", "--json", self.options.mount))

    def lose_power(self, facts):
        fd = os.open(self.options.disk, os.O_RDONLY)
        fcntl.ioctl(fd, FS_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
        os.close(fd)
        for pid in (facts["holder"], facts["pid"]):
            if pid:
                os.kill(pid, signal.SIGKILL)

    def restart(self):
        subprocess.run(["umount", "-l", self.options.mount], check=True)
        end = time.time() + 60
        while subprocess.run(["umount", self.options.disk], capture_output=True).returncode:
            if time.time() > end:
                raise Failure(f"{self.options.disk} is busy")
            time.sleep(0.05)
        shutil.rmtree(os.environ["LEAT_RUN_DIR"], ignore_errors=True)
        with open(self.options.boot, "w") as f:
            f.write(f"{uuid.UUID(int=self.random.getrandbits(128))}\n")
        subprocess.run(["mount", "-o", "loop,commit=300", self.options.disk + ".image", self.options.disk], check=True)

    def round(self, number, facts):
        began = time.time()
        stop = threading.Event()
        threads = [threading.Thread(target=worker.run, args=(stop,)) for worker in self.workers]
        for thread in threads:
            thread.start()
        time.sleep(self.random.uniform(0.5, 2.5))
        stop.set()
        self.lose_power(facts)
        for thread in threads:
            thread.join()
        for worker in self.workers:
            if worker.error:
                with open(facts["log"], errors="replace") as log:
                    said = "".join(log.readlines()[-20:])
                raise Failure(f"round {number}: an error before the loss, in {worker.error}; the log of its daemon ends with\n{said}")
        self.restart()
        facts = self.mount(self.options.without_fsync)
        try:
            for worker in self.workers:
                worker.check()
        except (Failure, OSError) as e:
            raise Failure(f"round {number}: {e}; the log of its daemon is {facts['log']}") from e
        print(f"round {number}: {time.time() - began:.1f} s", flush=True)
        return facts

    def run(self):
        self.mount(False)
        for worker in self.workers:
            os.mkdir(worker.folder)
        # What a run without fsync begins with is there.
        self.leat("umount", self.options.mount)
        os.sync()
        try:
            facts = self.mount(self.options.without_fsync)
            for number in range(self.options.rounds):
                facts = self.round(number, facts)
            self.leat("umount", self.options.mount)
        except (Failure, subprocess.CalledProcessError) as e:
            print(f"FAILED, seed {self.options.seed}: {e}")
            sys.exit(1)
        acknowledged = sum(worker.acknowledged for worker in self.workers)
        if acknowledged < self.options.rounds:
            sys.exit(f"FAILED: only {acknowledged} operations were acknowledged in {self.options.rounds} rounds")
        print(f"{self.options.rounds} losses of power, {acknowledged} operations, none lost")


parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--rounds", type=int, required=True)
parser.add_argument("--leat", required=True)
parser.add_argument("--url", required=True)
parser.add_argument("--disk", required=True)
parser.add_argument("--boot", required=True)
parser.add_argument("--without-fsync", action="store_true")
parser.add_argument("mount")
options = parser.parse_args()
Run(options).run()
