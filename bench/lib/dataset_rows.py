"""The goals of data sets: sealed versions by both ways, first epochs, warm-up, shards, listings."""
import json
import os
import random
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from lib import data
from lib.data import MIB, WrongBytes
from lib.row import DATASET, Goal, Row, Skip
from lib.systems import drop_page_cache
from lib.volume_rows import GIB, SMALL_BYTES

BUCKET = "data"


# A tree on the local disk, sealed, and shown by every system.

def source(context, make):
    """What the systems of a row show; made once."""
    def once():
        folder = context.folder + "/source"
        os.makedirs(folder)
        make(folder)
        return folder
    return context.once("source", once)


def shown(context, name, folder, options=()):
    """A system that shows the folder, mounted: in place, from a bucket, or as a copy."""
    kind = name.partition(":")[0]
    if name == "local":
        mounted = context.local()
        subprocess.run(["cp", "-a", folder + "/.", mounted.path], check=True)
        return mounted
    if name in ("leat", "leat:erofs", "leat:passthrough-off"):
        serve = "erofs" if name == "leat:erofs" else "fuse"
        extra = ["--passthrough", "off"] if name == "leat:passthrough-off" else []
        mounted = context.sealed(name, "file://" + folder, *extra, *options, serve=serve)
    elif name == "leat:real-opens":
        mounted = context.in_place(name, "file://" + folder, *options)
    elif kind == "juicefs":
        mounted = context.peer(name)
        mounted.mount()
        subprocess.run(["cp", "-r", folder + "/.", mounted.path], check=True)
        return mounted
    else:
        minio = context.minio()
        mounted = context.peer(name, store=minio, bucket=uploaded(context, minio, folder))
    mounted.mount()
    return mounted


def uploaded(context, server, folder):
    def once():
        bucket = server.bucket(BUCKET)
        server.client.put_all(bucket, folder)
        return bucket
    return context.once("bucket", once)


def settle(mounted, name, path, work):
    """What EROFS maps at its mount is what the cache has whole then: fill it, and mount anew."""
    work()
    if name == "leat:erofs":
        mounted.unmount()
        mounted.mount()
        work()


def sealed_open(size):
    def setup(context, name):
        count, seconds = context.size({4096: 20_000, SMALL_BYTES: 10_000}.get(size, 4000), 2000, 64), context.size(5, 2, 0.3)
        folder = source(context, lambda at: data.write_small(at + "/small", count, size))
        mounted = shown(context, name, folder)
        path = mounted.path + "/small"
        settle(mounted, name, path, lambda: data.verify_small(path, count, size, count))

        def sample():
            context.load("read", path, count, 2)
            return context.rate("readloop", path, count, 2, seconds)
        return sample, lambda: data.verify_small(path, count, size, count)
    return setup


def names_tree(folder, count):
    for thread in range(2):
        os.makedirs(f"{folder}/names/d{thread:02d}")
        for number in range(count // 2):
            open(f"{folder}/names/d{thread:02d}/f{number:06d}", "w").close()


def sealed_names(kind):
    def setup(context, name):
        count, seconds = context.size(20_000, 20_000, 200), context.size(4, 2, 0.3)
        mounted = shown(context, name, source(context, lambda at: names_tree(at, count)))
        path = mounted.path + "/names"

        def find():
            done = subprocess.run(["find", path, "-type", "f", "-size", "-1", "-printf", "x"], check=True, capture_output=True).stdout
            if len(done) != count:
                raise RuntimeError(f"find shows {len(done)} of {count} files")

        def sample():
            if kind == "stat":
                return context.rate("statloop", path, count, 2, seconds)
            if kind == "readdir":
                return context.rate("readdir", path + "/d00", count // 2, 1, seconds)
            find()
            started, done = time.monotonic(), 0
            while done == 0 or time.monotonic() - started < seconds:
                find()
                done += count
            return done / (time.monotonic() - started)
        for _ in range(2):
            find()
        context.load("stat", path, count, 2)
        return sample
    return setup


def sealed_requests(context, name):
    """Requests of the kernel to the daemon in a second epoch with find, stat and reads."""
    count = context.size(4000, 2000, 64)
    folder = source(context, lambda at: (data.write_small(at + "/small", count, SMALL_BYTES), names_tree(at, count)))
    mounted = shown(context, name, folder)

    def epoch():
        subprocess.run(["find", mounted.path, "-size", "+1"], check=True, capture_output=True)
        context.load("stat", mounted.path + "/names", count, 2)
        context.load("read", mounted.path + "/small", count, 2)

    def asked():
        status = mounted.status()
        if name == "leat:erofs":
            return status["deviceReads"]
        return sum(number for kind, number in status["kernelRequestsByKind"].items() if kind != "statfs")
    settle(mounted, name, mounted.path, epoch)
    epoch()

    def sample():
        before = asked()
        epoch()
        return asked() - before
    return sample, lambda: data.verify_small(mounted.path + "/small", count, SMALL_BYTES)


def sealed_large(pages):
    def setup(context, name):
        size, seconds = context.size(2 * GIB, 512 * MIB, 16 * MIB), context.size(5, 2, 0.3)
        folder = source(context, lambda at: data.write_large(at + "/large", size))
        mounted = shown(context, name, folder)
        path = mounted.path + "/large"
        settle(mounted, name, path, lambda: data.verify_large(path, size))

        def sample():
            if pages == "dropped":
                mounted.client_warm()
                return context.rate("seq", path, MIB, 1) / 1e6
            context.load("seq", path, MIB, 1)
            return context.rate("seqloop", path, MIB, 1, seconds) / 1e6
        return sample, lambda: data.verify_large(path, size)
    return setup


# From a bucket, cold.

def bucket_system(context, name, server, bucket, options=()):
    """A system that shows a bucket."""
    where = f"s3://{bucket}"
    if name in ("leat", "leat:erofs"):
        return context.sealed(name, where, *options, serve="erofs" if name == "leat:erofs" else "fuse", endpoint=server.endpoint)
    if name == "leat:in-place":
        return context.in_place(name, where, "--endpoint", server.endpoint, *options)
    return context.peer(name, store=server, bucket=bucket)


def small_bucket(context, count):
    server = context.lean_store()

    def once():
        bucket = server.bucket(BUCKET)
        for number in range(count):
            server.client.request("PUT", f"/{bucket}/small/s{number:06d}", bytes(data.content(number, SMALL_BYTES)))
        return bucket
    return server, context.once("bucket", once)


def raw_small(server, bucket, count, threads, latency):
    order = list(range(count))
    random.Random(42).shuffle(order)
    jobs = [(f"/{bucket}/small/s{number:06d}", {}) for number in order]

    def raw():
        server.latency(latency)
        got, seconds = server.client.fetch(jobs, threads, os.cpu_count())
        server.latency(0)
        if got != count * SMALL_BYTES:
            raise WrongBytes(f"the raw client got {got} bytes")
        return count / seconds
    return raw


def first_epoch(readers, millis):
    def setup(context, name):
        count = context.size(10_000, 2000, 64) if (readers, millis) != (1, 15) else context.size(4000, 1000, 64)
        server, bucket = small_bucket(context, count)
        if name == "raw":
            return raw_small(server, bucket, count, 16, millis)
        mounted = bucket_system(context, name, server, bucket)

        def sample():
            mounted.cold()
            if name != "leat":
                os.listdir(mounted.path + "/small")  # a sealed version knows its names
            server.latency(millis)
            try:
                return context.rate("read", mounted.path + "/small", count, readers)
            finally:
                server.latency(0)
        return sample, lambda: data.verify_small(mounted.path + "/small", count, SMALL_BYTES)
    return setup


def epochs(context, name):
    """Rates of the first epoch and of four more, each in another order."""
    count = context.size(10_000, 2000, 64)
    server, bucket = small_bucket(context, count)
    mounted = bucket_system(context, name, server, bucket)

    def sample():
        mounted.cold()
        server.latency(15)
        try:
            return [context.rate("read", mounted.path + "/small", count, 4, seed) for seed in range(5)]
        finally:
            server.latency(0)
    return sample, lambda: data.verify_small(mounted.path + "/small", count, SMALL_BYTES)


def warm(mounted):
    try:
        mounted.run("warmup", mounted.path)
    except RuntimeError as e:
        if "is for volumes" in str(e):  # a version of Leat that warms up sealed versions by reading them only
            raise Skip("leat warmup does not know sealed versions") from e
        raise


def warm_up(kind):
    def setup(context, name):
        if kind == "large":
            size = context.size(512 * MIB, 128 * MIB, 16 * MIB)
            server = context.lean_store()

            def once():
                bucket = server.bucket(BUCKET)
                for number in range(4):
                    server.client.upload(f"/{bucket}/f{number}", size, 16 * MIB, 4)
                return bucket
            bucket, total = context.once("bucket", once), 4 * size
            piece = 8 * MIB
            jobs = [(f"/{bucket}/f{n}", {"Range": f"bytes={at}-{min(at + piece, size) - 1}"})
                    for n in range(4) for at in range(0, size, piece)]
        else:
            count = context.size(20_000, 4000, 64)
            server, bucket = small_bucket(context, count)
            total = count * SMALL_BYTES
            jobs = [(f"/{bucket}/small/s{number:06d}", {}) for number in range(count)]
        if name == "raw":
            def raw():
                got, seconds = server.client.fetch(jobs, 16, os.cpu_count())
                if got != total:
                    raise WrongBytes(f"the raw client got {got} bytes")
                return got / seconds / 1e6
            return raw
        mounted = bucket_system(context, name, server, bucket)

        def sample():
            mounted.cold()
            started = time.monotonic()
            warm(mounted)
            return total / (time.monotonic() - started) / 1e6

        def check():
            server.traffic()
            if kind == "large":
                for number in range(4):
                    data.verify_large(f"{mounted.path}/f{number}", size)
            else:
                data.verify_small(mounted.path + "/small", count, SMALL_BYTES)
            asked = server.traffic()["gets"]
            if asked:
                raise RuntimeError(f"after warming up {asked} GETs were still needed")
        return sample, check
    return setup


def cold_object(millis):
    def setup(context, name):
        size, server = context.size(2 * GIB, 512 * MIB, 32 * MIB), context.lean_store()
        bucket = context.once("bucket", lambda: server.bucket(BUCKET))
        context.once("large", lambda: server.client.upload(f"/{bucket}/large", size, 16 * MIB, 4))
        if name == "raw":
            piece = 8 * MIB
            jobs = [(f"/{bucket}/large", {"Range": f"bytes={at}-{min(at + piece, size) - 1}"}) for at in range(0, size, piece)]

            def raw():
                server.latency(millis)
                got, seconds = server.client.fetch(jobs, 8, os.cpu_count())
                server.latency(0)
                if got != size:
                    raise WrongBytes(f"the raw client got {got} of {size} bytes")
                return got / seconds / 1e6
            return raw
        mounted = bucket_system(context, name, server, bucket)

        def sample():
            mounted.cold()
            server.latency(millis)
            try:
                return context.rate("seq", mounted.path + "/large", MIB, 1) / 1e6
            finally:
                server.latency(0)
        return sample, lambda: data.verify_large(mounted.path + "/large", size)
    return setup


def shard_reads(chunk):
    """Bytes that the store sent for each byte that a program asked for, at random places of large shards, cold."""
    def setup(context, name):
        size, server = context.size(512 * MIB, 256 * MIB, 32 * MIB), context.lean_store()
        count = context.size(64, 32, 4) if chunk >= MIB else context.size(256, 128, 8)
        bucket = context.once("bucket", lambda: server.bucket(BUCKET))
        context.once("shards", lambda: [server.client.upload(f"/{bucket}/shard{n}", size, 16 * MIB, 4) for n in range(2)])
        mounted = bucket_system(context, name, server, bucket)
        places = random.Random(7)

        def sample():
            mounted.cold()
            os.listdir(mounted.path)
            files = [open(f"{mounted.path}/shard{n}", "rb", buffering=0) for n in range(2)]
            try:
                server.traffic()
                for number in range(count):
                    # On 4 KiB, as the kernel asks for whole pages.
                    at = places.randrange(0, size - chunk, 4096)
                    got = os.pread(files[number % 2].fileno(), chunk, at)
                    n = at // data.OFFSETS
                    whole = bytes(data.content(n, data.OFFSETS)) + bytes(data.content(n + 1, data.OFFSETS))
                    if got != whole[at % data.OFFSETS:at % data.OFFSETS + chunk]:
                        raise WrongBytes(f"shard{number % 2} at {at}")
                time.sleep(0.5)  # what is on its way without being asked for counts as well
                return server.traffic()["bytesSent"] / (count * chunk)
            finally:
                for file in files:
                    file.close()
        return sample
    return setup


# Many names.

def many_names(context):
    count, server = context.size(1_000_000, 100_000, 2000), context.lean_store()

    def once():
        bucket = server.bucket(BUCKET)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: server.client.request("PUT", f"/{bucket}/train/d{n // 1000:04d}/f{n % 1000:06d}", b"x"), range(count)))
        return bucket
    return count, server, context.once("bucket", once)


def listing(context, name):
    count, server, bucket = many_names(context)

    def raw():
        got, seconds = server.client.list_pages(bucket, "train/")
        if got != count:
            raise RuntimeError(f"the raw client lists {got} of {count} keys")
        return count / seconds
    if name == "raw":
        return raw
    mounted = bucket_system(context, name, server, bucket)

    def sample():
        mounted.cold()
        started = time.monotonic()
        got = len(subprocess.run(["find", mounted.path, "-type", "f", "-printf", "x"], check=True, capture_output=True).stdout)
        if got != count:
            raise RuntimeError(f"find shows {got} of {count} files")
        return count / (time.monotonic() - started)
    return sample


def seal_memory(context, name):
    count, server, bucket = many_names(context)
    registry, number = context.folder + "/registry", [0]
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}

    def sample():
        number[0] += 1
        process = subprocess.Popen([context.leat, "dataset", "seal", f"s3://{bucket}", "--name", "names", "--version", f"v{number[0]}",
                                    "--registry", "file://" + registry, "--endpoint", server.endpoint, "--json"], env=environment,
                                   stdout=subprocess.PIPE)
        told = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0 or json.loads(told)["files"] != count:
            raise RuntimeError(f"seal ended with {process.returncode}: {told[-200:]!r}")
        return used.ru_maxrss * 1024 / MIB
    return sample


def first_byte(index):
    def setup(context, name):
        _, server, bucket = many_names(context)
        mounted = context.sealed(name, f"s3://{bucket}", endpoint=server.endpoint)

        def sample():
            mounted.cold() if index == "remote" else mounted.client_warm()
            mounted.unmount()
            if index == "remote":
                shutil.rmtree(mounted.cache, ignore_errors=True)
            drop_page_cache()
            started = time.monotonic()
            mounted.run("mount", mounted.source, mounted.path, "--cache-dir", mounted.cache, "--cache-size", "20GiB", *mounted.options)
            with open(mounted.path + "/train/d0000/f000007", "rb") as f:
                if f.read() != b"x":
                    raise WrongBytes("train/d0000/f000007")
            seconds = time.monotonic() - started
            mounted.mounted = True
            return seconds
        return sample
    return setup


def row(name, title, unit, state, setup, systems, goals, **more):
    return Row(name, title, unit, state, setup, systems, [Goal(*goal) for goal in goals], DATASET, **more)


KERNEL = ("local", "leat", "leat:erofs", "leat:real-opens", "juicefs", "s3fs", "rclone")
LARGE = ("local", "leat", "leat:erofs", "leat:real-opens", "juicefs")
BUCKETS = ("raw", "leat", "leat:in-place", "s3fs", "rclone", "mount-s3")
ROWS = [
    row("sealed-4k", "sealed version: open+read+close of 4 KiB, 2 readers", "files/s", "page-cache-warm", sealed_open(4096), KERNEL,
        [(0.65, "local"), (0.95, "local", "leat:erofs")], quick=True),
    row("sealed-112k", "sealed version: open+read+close of 112 KiB, 2 readers", "files/s", "page-cache-warm", sealed_open(SMALL_BYTES),
        KERNEL, [(0.95, "local"), (0.95, "local", "leat:erofs")]),
    row("sealed-323k", "sealed version: open+read+close of 323 KiB, 2 readers", "files/s", "page-cache-warm", sealed_open(322_957),
        KERNEL, [(0.95, "local"), (0.95, "local", "leat:erofs")]),
    row("sealed-stat", "sealed version: stat, 2 threads", "stats/s", "page-cache-warm", sealed_names("stat"), KERNEL,
        [(0.85, "local"), (1.0, "local", "leat:erofs")]),
    row("sealed-readdir", "sealed version: readdir, 1 thread", "entries/s", "page-cache-warm", sealed_names("readdir"), KERNEL,
        [(0.85, "local"), (1.0, "local", "leat:erofs")]),
    row("sealed-find", "sealed version: find with sizes", "files/s", "page-cache-warm", sealed_names("find"), KERNEL,
        [(0.85, "local"), (1.0, "local", "leat:erofs")]),
    row("sealed-requests", "sealed version: requests to the daemon in a later epoch of find, stat and reads", "requests",
        "page-cache-warm", sealed_requests, ("leat", "leat:erofs"), [(0,), (0, "", "leat:erofs")], higher=False),
    row("sealed-large", "sealed version: sequential read of a large file, 1 MiB", "MB/s", "page-cache-warm", sealed_large("warm"), LARGE,
        [(0.95, "local"), (0.95, "local", "leat:erofs")]),
    row("sealed-reread", "sealed version: sequential re-read of a large file, all pages dropped", "MB/s", "client-warm, disk",
        sealed_large("dropped"), LARGE, [(0.90, "local"), (0.90, "local", "leat:erofs")]),
    *[row(f"epoch-{readers}r-{millis}ms", f"first epoch over 112 KiB objects, {readers} readers, store with {millis} ms", "files/s", "cold",
          first_epoch(readers, millis), BUCKETS, [(0.7, "raw")], quick=(readers, millis) == (16, 15))
      for readers in (1, 16) for millis in (0, 15)],
    row("epochs", "five epochs over 112 KiB objects, 4 readers, store with 15 ms", "files/s", "cold, then warm", epochs,
        ("leat", "leat:in-place", "s3fs", "rclone", "mount-s3"), [], curve=True),
    row("warm-up-large", "warm-up of 2 GiB in 4 objects", "MB/s", "cold", warm_up("large"), ("raw", "leat", "leat:in-place"), [(0.9, "raw", "leat:in-place")]),
    row("warm-up-small", "warm-up of 2 GiB in 20,000 objects", "MB/s", "cold", warm_up("small"), ("raw", "leat", "leat:in-place"),
        [(0.8, "raw", "leat:in-place")]),
    row("object-0ms", "large object, sequential, 1 reader", "MB/s", "cold", cold_object(0), BUCKETS, [(0.8, "raw"), (1.2, "best peer")],
        published=("mount-s3-seq",)),
    row("object-15ms", "large object, sequential, 1 reader, store with 15 ms", "MB/s", "cold", cold_object(15), BUCKETS,
        [(0.8, "raw"), (1.2, "best peer")]),
    row("shard-1m", "bytes fetched for each byte read, 1 MiB at random places of large shards", "×", "cold", shard_reads(MIB),
        ("leat", "leat:in-place", "s3fs", "rclone", "mount-s3"), [(1.1,)], higher=False),
    row("shard-4k", "the same, 4 KiB: stated, without a goal", "×", "cold", shard_reads(4096),
        ("leat", "leat:in-place", "s3fs", "rclone", "mount-s3"), [], higher=False),
    row("list", "listing of 1,000,000 objects", "names/s", "cold", listing, ("raw", "leat:in-place"), [(0.8, "raw", "leat:in-place")]),
    row("seal-memory", "peak memory of sealing 1,000,000 objects", "MiB", "–", seal_memory, ("leat",), [(512,)], higher=False),
    row("sealed-first-byte", "mount to first byte of a sealed version of 1,000,000 files, index here", "s", "cold pages",
        first_byte("local"), ("leat",), [(1,)], higher=False),
    row("sealed-first-byte-remote", "the same, index in the registry", "s", "cold", first_byte("remote"), ("leat",), [(3,)], higher=False),
]
