"""The goals of a volume: commands, names, cold and warm reads."""
import json
import os
import re
import shutil
import subprocess
import time

from lib import data
from lib.data import MIB
from lib.row import VOLUME, Goal, Row
from lib.servers import Minio
from lib.systems import call, drop_page_cache, peak_memory

SMALL_BYTES = 112 << 10
GIB = 1 << 30
BUCKET_PEERS = ("s3fs", "rclone", "mount-s3")


def system(context, name, redis=False, store=None):
    metadata = context.redis_url() if redis else None
    if name == "local":
        return context.local()
    if name.startswith("leat"):
        return context.volume(name, metadata=metadata, store=store)
    return context.peer(name, store=store, metadata=metadata)


def version_time(context, name):
    def sample():
        started = time.monotonic()
        call([context.leat, "version"])
        return time.monotonic() - started
    return sample


def first_byte(context, name):
    volume = context.volume(name)
    volume.mount()
    with open(volume.path + "/file", "wb") as f:
        f.write(data.content(1, SMALL_BYTES))
    volume.unmount()

    def sample():
        drop_page_cache()
        started = time.monotonic()
        volume.run("mount", volume.source, volume.path, "--cache-dir", volume.cache, "--cache-size", "20GiB")
        with open(volume.path + "/file", "rb") as f:
            f.read(1)
        seconds = time.monotonic() - started
        volume.mounted = True
        volume.unmount()
        return seconds
    return sample


def mdtest(engine):
    def setup(context, name):
        # So many that most of a run comes after the first seconds, in which a JVM still compiles.
        files, threads, count = context.size(200 if engine == "postgres" else 400, 100, 4), "8", [0]
        metadata = {"redis": context.redis_url, "postgres": context.postgres_url}.get(engine, lambda: None)()
        shape = ["--threads", threads, "--dirs", "3", "--depth", "2", "--files", str(files)]
        if name == "leat":
            volume = context.volume(name, metadata=metadata)

            def ours():
                count[0] += 1
                text = volume.run("mdtest", volume.source, f"/bench{count[0]}", *shape, "--json")
                return next(phase["operationsPerSecond"] for phase in json.loads(text[text.index("{"):])["phases"]
                            if phase["phase"] == "create")
            return ours
        peer = context.peer(name, metadata=metadata + "?sslmode=disable" if engine == "postgres" else metadata)

        def theirs():
            count[0] += 1
            text = call([peer.program, "mdtest", "--backup-meta", "0", *shape, "--cache-dir", peer.cache, "--metrics", "127.0.0.1:0",
                         peer.url, f"/bench{count[0]}"])
            return float(re.search(r"Created \d+ files in .*\((\d+) files/s\)", text).group(1))
        return theirs
    return setup


NAMES = ("create", "stat", "rename", "unlink")


def fuse_names(operation):
    """One row for each operation; a round of all four serves the rows that come after it."""
    def setup(context, name):
        count, threads, made = context.size(8_000, 8_000, 160), 8, []
        pending = context.memory.setdefault("names", {})

        def sample():
            if not pending.get((name, operation)):
                if not made:
                    made.append(system(context, name, redis=True))
                for each, rate in names_round(context, made[0], count, threads).items():
                    pending.setdefault((name, each), []).append(rate)
            return pending[name, operation].pop(0)
        return sample
    return setup


def names_round(context, mounted, count, threads):
    """All four operations on one set of files, each after the same on another set: a daemon lives for days, its first seconds are another matter."""
    mounted.mount()
    folder = f"{mounted.path}/turn{time.monotonic_ns()}"
    for turn in ("before", "measured"):
        for thread in range(threads):
            os.makedirs(f"{folder}/{turn}/d{thread:02d}")
    rates = {}
    for operation in NAMES:
        if operation == "stat":
            mounted.cold()
        for turn in ("before", "measured"):
            rates[operation] = context.rate(operation, f"{folder}/{turn}", count, threads)
    return rates


def first_listing(context, name):
    count = context.size(20_000, 20_000, 400)
    mounted = system(context, name, redis=True)
    mounted.mount()
    os.makedirs(mounted.path + "/dir/d00")
    context.load("create", mounted.path + "/dir", count, 1)

    def sample():
        mounted.cold()
        started = time.monotonic()
        text = subprocess.run(["ls", "-l", mounted.path + "/dir/d00"], capture_output=True, check=True).stdout
        seconds = time.monotonic() - started
        if text.count(b"\n") != count + 1:
            raise RuntimeError(f"ls shows {text.count(chr(10).encode()) - 1} of {count} files")
        return seconds
    return sample


def cold_sequential(context, name):
    size, minio = context.size(2 * GIB, 512 * MIB, 32 * MIB), context.minio()
    if name == "raw":
        return raw_ranges(context, minio, Minio.BUCKET, "raw-large", size)
    mounted = written(context, name, lambda path: data.write_large(path + "/large", size), minio)
    mounted.cold()
    data.verify_large(mounted.path + "/large", size)

    def sample():
        mounted.cold()
        return context.rate("seq", mounted.path + "/large", MIB, 1) / 1e6
    return sample


def written(context, name, write, minio):
    """A system of which what it shows was written through it; those that show a bucket as it is get one that was filled."""
    if name.partition(":")[0] in BUCKET_PEERS:
        return filled(context, name, write, minio)
    mounted = system(context, name, store=minio)
    mounted.mount()
    write(mounted.path)
    mounted.unmount()
    return mounted


def filled(context, name, write, minio):
    """Of what is written through rclone much is sent later, and mountpoint-s3 does not write everything."""
    folder, bucket = f"{context.folder}/{context.label(name)}-source", minio.bucket(context.label(name))
    os.makedirs(folder)
    write(folder)
    minio.client.put_all(bucket, folder)
    shutil.rmtree(folder)
    return context.peer(name, store=minio, bucket=bucket)


def raw_ranges(context, server, bucket, key, size, piece=8 * MIB, threads=8):
    """Eight ranged GETs at a time, in order."""
    server.client.upload(f"/{bucket}/{key}", size, 16 * MIB, 4)
    jobs = [(f"/{bucket}/{key}", {"Range": f"bytes={at}-{min(at + piece, size) - 1}"}) for at in range(0, size, piece)]

    def raw():
        drop_page_cache()
        got, seconds = server.client.fetch(jobs, threads, os.cpu_count())
        if got != size:
            raise data.WrongBytes(f"the raw client got {got} of {size} bytes")
        return got / seconds / 1e6
    return raw


def cold_small(context, name):
    count, readers, minio = context.size(4000, 1500, 64), 16, context.minio()
    if name == "raw":
        for number in range(count):
            minio.client.request("PUT", f"/{Minio.BUCKET}/raw-small/s{number:06d}", bytes(data.content(number, SMALL_BYTES)))
        jobs = [(f"/{Minio.BUCKET}/raw-small/s{number:06d}", {}) for number in range(count)]

        def raw():
            drop_page_cache()
            got, seconds = minio.client.fetch(jobs, readers, os.cpu_count())
            if got != count * SMALL_BYTES:
                raise data.WrongBytes(f"the raw client got {got} bytes")
            return count / seconds
        return raw
    mounted = written(context, name, lambda path: data.write_small(path + "/small", count, SMALL_BYTES), minio)
    mounted.cold()
    data.verify_small(mounted.path + "/small", count, SMALL_BYTES)

    def sample():
        mounted.cold()
        return context.rate("read", mounted.path + "/small", count, readers)
    return sample


def client_warm(context, name):
    size = context.size(GIB, 256 * MIB, 32 * MIB)
    mounted = system(context, name)
    mounted.mount()
    data.write_large(mounted.path + "/large", size)
    mounted.cold()
    data.verify_large(mounted.path + "/large", size)

    def sample():
        mounted.client_warm()
        return context.rate("seq", mounted.path + "/large", MIB, 1) / 1e6
    return sample


def warm_stat(context, name):
    count, threads, seconds = context.size(2000, 2000, 100), 2, context.size(3, 2, 0.3)
    mounted = system(context, name)
    mounted.mount()
    for thread in range(threads):
        os.makedirs(f"{mounted.path}/warm/d{thread:02d}")
    context.load("create", mounted.path + "/warm", count, threads)
    context.load("stat", mounted.path + "/warm", count, threads)
    return lambda: context.rate("statloop", mounted.path + "/warm", count, threads, seconds)


def walk_memory(context, name):
    count, threads = context.size(1_000_000, 100_000, 400), 8
    volume = context.volume(name)
    volume.mount()
    for thread in range(threads):
        os.makedirs(f"{volume.path}/walk/d{thread:02d}")
    context.load("create", volume.path + "/walk", count, threads)

    def sample():
        volume.cold()
        seen = sum(len(files) for _, _, files in os.walk(volume.path + "/walk"))
        if seen != count:
            raise RuntimeError(f"the walk saw {seen} of {count} files")
        subprocess.run(["find", volume.path + "/walk", "-newermt", "2100-01-01"], check=True, capture_output=True)
        return volume_memory(volume)
    return sample


def volume_memory(volume):
    return max(peak_memory(pid) for pid in volume.pids()) / MIB


def row(name, title, unit, state, setup, systems, goals, **more):
    return Row(name, title, unit, state, setup, systems, [Goal(*goal) for goal in goals], VOLUME, **more)


WITH_JUICEFS = ("leat", "juicefs")
ROWS = [
    row("version", "`leat version`", "s", "warm", version_time, ("leat",), [(0.2,)], higher=False),
    row("first-byte", "mount to first byte (SQLite, directory)", "s", "cold", first_byte, ("leat",), [(0.5,)], higher=False),
    row("mdtest-sqlite", "creates without FUSE, 8 threads, SQLite", "creates/s", "–", mdtest("sqlite"), WITH_JUICEFS, [(3, "juicefs")]),
    row("mdtest-redis", "creates without FUSE, 8 threads, Redis", "creates/s", "–", mdtest("redis"), WITH_JUICEFS, [(2.5, "juicefs")]),
    row("mdtest-postgres", "creates without FUSE, 8 threads, PostgreSQL", "creates/s", "–", mdtest("postgres"), WITH_JUICEFS,
        [(2, "juicefs")]),
    *[row(f"fuse-{each}", f"{each} through FUSE, 8 threads, Redis", "ops/s", "cold" if each == "stat" else "–", fuse_names(each),
          WITH_JUICEFS, [(2, "juicefs")], published=("curvine-" + each,), quick=each == "create") for each in NAMES],
    row("ls", "first `ls -l` of 20,000 files, Redis", "s", "cold", first_listing, WITH_JUICEFS, [(0.25,)], higher=False),
    row("cold-seq", "sequential read of 2 GiB from S3, beside eight ranged GETs of 8 MiB", "MB/s", "cold", cold_sequential,
        ("raw", "leat", "juicefs", "s3fs", "rclone", "mount-s3", "juicefs:default", "s3fs:default", "rclone:default"),
        [(0.8, "raw")], quick=True, published=("mount-s3-seq",)),
    row("cold-small", "files of 112 KiB from S3, 16 readers", "files/s", "cold", cold_small,
        ("raw", "leat", "juicefs", "s3fs", "rclone", "mount-s3"), [(0.7, "raw")], quick=True),
    row("client-warm-seq", "sequential read from the client's cache", "MB/s", "client-warm", client_warm, WITH_JUICEFS, [(1, "juicefs")]),
    row("warm-stat", "stat, 2 threads", "stats/s", "page-cache-warm", warm_stat, ("local", *WITH_JUICEFS), [(0.85, "local")]),
    row("walk", "peak memory of a walk over 1,000,000 files (256 MiB of buffers)", "MiB", "cold", walk_memory, ("leat",), [(556,)],
        higher=False),
]
