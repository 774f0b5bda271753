"""What is measured: one row for each goal. A row prepares its systems once and returns how to take one sample of each."""
import hashlib
import json
import os
import re
import subprocess
import time
from dataclasses import dataclass
from typing import Callable

from lib.servers import Minio
from lib.systems import Ext4, JuiceFS, Leat, call, drop_page_cache

MIB = 1 << 20
SMALL_BYTES = 112 << 10


class Skip(Exception):
    """This machine or this version cannot run the row."""


@dataclass
class Row:
    name: str
    title: str
    unit: str
    state: str
    prepare: Callable
    goal: float
    against: str = ""  # the system that the goal is a ratio to; empty for an absolute goal
    higher: bool = True

    @property
    def goal_text(self):
        sign = "≥" if self.higher else "≤"
        return f"{sign} {self.goal:g} × {self.against}" if self.against else f"{sign} {self.goal:g} {self.unit}"

    def judge(self, medians):
        value = medians["leat"]
        if self.against:
            other = medians.get(self.against)
            if not other:
                return {"reached": "–", "verdict": f"no {self.against} here"}
            value = value / other
        passed = value >= self.goal if self.higher else value <= self.goal
        text = f"{value:.2f} ×" if self.against else f"{value:.3g} {self.unit}"
        return {"ratio": value, "reached": text, "verdict": "pass" if passed else "falls short"}


# Data.

def noise(seed, size):
    """Bytes that do not compress and depend on the seed alone."""
    return hashlib.shake_256(str(seed).encode()).digest(size)


def write_large(path, size):
    digest, piece = hashlib.sha256(), 4 * MIB
    with open(path, "wb") as f:
        for number in range(size // piece):
            data = noise(number, piece)
            digest.update(data)
            f.write(data)
        f.flush()
        os.fsync(f.fileno())
    return digest.hexdigest()


def verify(path, digest):
    with open(path, "rb") as f:
        if hashlib.file_digest(f, "sha256").hexdigest() != digest:
            raise RuntimeError(f"{path} has other bytes than were written")


def write_small(folder, count):
    """Files s000000…; 16 writers, as a copy of a data set has."""
    from concurrent.futures import ThreadPoolExecutor
    os.makedirs(folder, exist_ok=True)

    def one(number):
        with open(f"{folder}/s{number:06d}", "wb") as f:
            f.write(noise(number, SMALL_BYTES))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(count)))


def verify_small(folder, count):
    for number in range(0, count, max(1, count // 20)):
        with open(f"{folder}/s{number:06d}", "rb") as f:
            if f.read() != noise(number, SMALL_BYTES):
                raise RuntimeError(f"{folder}/s{number:06d} has other bytes than were written")


# Systems.

def leat(context, metadata=None, store=None, label="leat"):
    return context.keep(Leat(context.folder, context.leat, metadata, store, label))


def peers(context, redis=False, store=None):
    """Leat and, where it is found, JuiceFS: each on a database of its own."""
    systems = [leat(context, context.redis_url() if redis else None, store)]
    if context.juicefs:
        systems.append(context.keep(JuiceFS(context.folder, context.redis_url() if redis else None, store)))
    return systems


# Rows.

def version_time(context):
    def sample():
        started = time.monotonic()
        call([context.leat, "version"])
        return time.monotonic() - started
    sample()
    time.sleep(context.size(20, 1))  # the launcher makes its cache of classes in the background
    return {"leat": sample}


def first_byte(context):
    system = leat(context)
    system.mount()
    with open(system.path + "/file", "wb") as f:
        f.write(noise(1, SMALL_BYTES))
    system.unmount()

    def sample():
        drop_page_cache()
        started = time.monotonic()
        call([system.program, "mount", system.url, system.path, "--cache-dir", system.cache, "--cache-size", "20GiB"],
             system.env)
        with open(system.path + "/file", "rb") as f:
            f.read(1)
        seconds = time.monotonic() - started
        system.mounted = True
        system.unmount()
        return seconds
    return {"leat": sample}


def mdtest(engine):
    def prepare(context):
        # So many that most of a run comes after the first seconds, in which a JVM still compiles.
        files, threads = context.size(200 if engine == "postgres" else 400, 4), 8
        known = subprocess.run([context.leat, "mdtest", "--help"], capture_output=True, check=False)
        if known.returncode != 0:
            raise Skip("this version of leat has no mdtest")
        metadata = {"leat": None, "juicefs": None}
        if engine == "redis":
            metadata = {name: context.redis_url() for name in metadata}
        if engine == "postgres":
            ours_url, theirs_url = context.postgres_url(), context.postgres_url()
            metadata = {"leat": ours_url, "juicefs": theirs_url + "?sslmode=disable"}
        system = leat(context, metadata["leat"])
        count = [0]

        def ours():
            count[0] += 1
            text = call([system.program, "mdtest", system.url, f"/bench{count[0]}", "--threads", str(threads), "--dirs", "3",
                         "--depth", "2", "--files", str(files), "--json"], system.env)
            return next(phase["operationsPerSecond"] for phase in json.loads(text[text.index("{"):])["phases"]
                        if phase["phase"] == "create")
        samples = {"leat": ours}
        if context.juicefs:
            peer = context.keep(JuiceFS(context.folder, metadata["juicefs"], None))

            def theirs():
                count[0] += 1
                text = call([peer.program, "mdtest", "--backup-meta", "0", "--threads", str(threads), "--dirs", "3",
                             "--depth", "2", "--files", str(files), "--cache-dir", peer.cache, "--metrics", "127.0.0.1:0",
                             peer.url, f"/bench{count[0]}"])
                return float(re.search(r"Created \d+ files in .*\((\d+) files/s\)", text).group(1))
            samples["juicefs"] = theirs
        return samples
    return prepare


NAMES = ("create", "stat", "rename", "unlink")


def fuse_names(operation):
    """One row for each operation; a round of all four serves the rows that come after it."""
    def prepare(context):
        count, threads = context.size(8_000, 160), 8
        pending = context.memory.setdefault("names", {})
        systems = {}

        def system(name):
            if not systems:
                systems.update((each.name, each) for each in peers(context, redis=True))
            return systems[name]

        def sample(name):
            if not pending.get((name, operation)):
                for each, rate in names_round(context, system(name), count, threads).items():
                    pending.setdefault((name, each), []).append(rate)
            return pending[name, operation].pop(0)
        names = ["leat", "juicefs"] if context.juicefs else ["leat"]
        return {name: lambda name=name: sample(name) for name in names}
    return prepare


def names_round(context, system, count, threads):
    """All four operations on one set of files, each after the same on another set: a daemon lives for days, its first seconds are another matter."""
    system.mount()
    folder = f"{system.path}/turn{time.monotonic_ns()}"
    for turn in ("before", "measured"):
        for thread in range(threads):
            os.makedirs(f"{folder}/{turn}/d{thread:02d}")
    rates = {}
    for operation in NAMES:
        if operation == "stat":
            system.cold()
        for turn in ("before", "measured"):
            rates[operation] = context.rate(operation, f"{folder}/{turn}", count, threads)
    return rates


def first_listing(context):
    count = context.size(20_000, 400)
    samples = {}
    for system in peers(context, redis=True):
        system.mount()
        os.makedirs(system.path + "/dir/d00")
        context.load("create", system.path + "/dir", count, 1)

        def sample(system=system):
            system.cold()
            started = time.monotonic()
            text = subprocess.run(["ls", "-l", system.path + "/dir/d00"], capture_output=True, check=True).stdout
            seconds = time.monotonic() - started
            if text.count(b"\n") != count + 1:
                raise RuntimeError(f"ls shows {text.count(chr(10).encode()) - 1} of {count} files")
            return seconds
        samples[system.name] = sample
    return samples


def cold_sequential(context):
    size = context.size(2 << 30, 32 * MIB)
    minio = context.minio()
    samples = {}
    for system in peers(context, store=minio):
        system.mount()
        digest = write_large(system.path + "/large", size)
        system.cold()
        verify(system.path + "/large", digest)

        def sample(system=system):
            system.cold()
            return context.rate("seq", system.path + "/large", MIB, 1) / 1e6
        samples[system.name] = sample
    local = context.folder + "/large"
    write_large(local, size)
    with open(local, "rb") as body:
        minio.client.request("PUT", f"/{Minio.BUCKET}/raw-large", body, {"Content-Length": str(size)})
    os.unlink(local)
    piece = 8 * MIB
    jobs = [(f"/{Minio.BUCKET}/raw-large", {"Range": f"bytes={at}-{at + piece - 1}"}) for at in range(0, size, piece)]

    def raw():
        drop_page_cache()
        got, seconds = minio.client.fetch(jobs, 8, os.cpu_count())
        if got != size:
            raise RuntimeError(f"the raw client got {got} of {size} bytes")
        return got / seconds / 1e6
    samples["raw"] = raw
    return samples


def cold_small(context):
    count, readers = context.size(4000, 64), 16
    minio = context.minio()
    samples = {}
    for system in peers(context, store=minio):
        system.mount()
        write_small(system.path + "/small", count)
        system.cold()
        verify_small(system.path + "/small", count)

        def sample(system=system):
            system.cold()
            return context.rate("read", system.path + "/small", count, readers)
        samples[system.name] = sample
    for number in range(count):
        minio.client.request("PUT", f"/{Minio.BUCKET}/raw-small/s{number:06d}", noise(number, SMALL_BYTES))
    jobs = [(f"/{Minio.BUCKET}/raw-small/s{number:06d}", {}) for number in range(count)]

    def raw():
        drop_page_cache()
        got, seconds = minio.client.fetch(jobs, readers, os.cpu_count())
        if got != count * SMALL_BYTES:
            raise RuntimeError(f"the raw client got {got} bytes")
        return count / seconds
    samples["raw"] = raw
    return samples


def client_warm(context):
    size = context.size(1 << 30, 32 * MIB)
    samples = {}
    for system in peers(context):
        system.mount()
        digest = write_large(system.path + "/large", size)
        system.cold()
        verify(system.path + "/large", digest)

        def sample(system=system):
            system.client_warm()
            return context.rate("seq", system.path + "/large", MIB, 1) / 1e6
        samples[system.name] = sample
    return samples


def page_warm(kind):
    def prepare(context):
        size, seconds = context.size(512 * MIB, 16 * MIB), context.size(3, 0.3)
        samples = {}
        for system in [*peers(context), context.keep(Ext4(context.folder))]:
            system.mount()
            large = system.path + "/large"
            write_large(large, size)
            context.load("seq", large, MIB, 2)

            def sample(large=large):
                if kind == "seq":
                    return context.rate("seq", large, MIB, context.size(20, 3)) / 1e6
                return context.rate("rand", large, 4096, 2, seconds)
            samples[system.name] = sample
        return samples
    return prepare


def warm_stat(context):
    count, threads, seconds = context.size(2000, 100), 2, context.size(3, 0.3)
    samples = {}
    for system in [*peers(context), context.keep(Ext4(context.folder))]:
        system.mount()
        for thread in range(threads):
            os.makedirs(f"{system.path}/warm/d{thread:02d}")
        context.load("create", system.path + "/warm", count, threads)
        context.load("stat", system.path + "/warm", count, threads)
        samples[system.name] = lambda system=system: context.rate(
            "statloop", system.path + "/warm", count, threads, seconds)
    return samples


def walk_memory(context):
    count, threads = context.size(1_000_000, 400), 8
    system = leat(context)
    system.mount()
    for thread in range(threads):
        os.makedirs(f"{system.path}/walk/d{thread:02d}")
    context.load("create", system.path + "/walk", count, threads)

    def sample():
        system.cold()
        seen = sum(len(files) for _, _, files in os.walk(system.path + "/walk"))
        if seen != count:
            raise RuntimeError(f"the walk saw {seen} of {count} files")
        subprocess.run(["find", system.path + "/walk", "-newermt", "2100-01-01"], check=True, capture_output=True)
        return system.memory_bytes() / MIB
    return {"leat": sample}


ROWS = [
    Row("version", "`leat version`", "s", "warm", version_time, 0.2, higher=False),
    Row("first-byte", "mount to first byte (SQLite, directory)", "s", "cold", first_byte, 0.5, higher=False),
    Row("mdtest-sqlite", "creates without FUSE, 8 threads, SQLite", "creates/s", "–", mdtest("sqlite"), 3, "juicefs"),
    Row("mdtest-redis", "creates without FUSE, 8 threads, Redis", "creates/s", "–", mdtest("redis"), 2.5, "juicefs"),
    Row("mdtest-postgres", "creates without FUSE, 8 threads, PostgreSQL", "creates/s", "–", mdtest("postgres"), 2, "juicefs"),
    Row("fuse-create", "create through FUSE, 8 threads, Redis", "ops/s", "–", fuse_names("create"), 2, "juicefs"),
    Row("fuse-stat", "stat through FUSE, 8 threads, Redis", "ops/s", "cold", fuse_names("stat"), 2, "juicefs"),
    Row("fuse-rename", "rename through FUSE, 8 threads, Redis", "ops/s", "–", fuse_names("rename"), 2, "juicefs"),
    Row("fuse-unlink", "unlink through FUSE, 8 threads, Redis", "ops/s", "–", fuse_names("unlink"), 2, "juicefs"),
    Row("ls", "first `ls -l` of 20,000 files, Redis", "s", "cold", first_listing, 0.25, higher=False),
    Row("cold-seq", "sequential read of 2 GiB from S3, beside eight ranged GETs of 8 MiB", "MB/s", "cold",
        cold_sequential, 0.8, "raw"),
    Row("cold-small", "files of 112 KiB from S3, 16 readers", "files/s", "cold", cold_small, 0.7, "raw"),
    Row("client-warm-seq", "sequential read from the client's cache", "MB/s", "client-warm", client_warm, 1, "juicefs"),
    Row("warm-seq", "sequential read, 1 MiB", "MB/s", "page-cache-warm", page_warm("seq"), 0.85, "local"),
    Row("warm-rand", "random read, 4 KiB, 2 threads", "reads/s", "page-cache-warm", page_warm("rand"), 0.85, "local"),
    Row("warm-stat", "stat, 2 threads", "stats/s", "page-cache-warm", warm_stat, 0.85, "local"),
    Row("walk", "peak memory of a walk over 1,000,000 files (256 MiB of buffers)", "MiB", "cold", walk_memory, 556,
        higher=False),
]
