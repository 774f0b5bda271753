"""The goals of the fast path: passthrough, work files, local durability; each beside the same with that path switched off."""
import os

from lib import data
from lib.data import MIB, WrongBytes
from lib.row import Goal, Row
from lib.servers import Minio
from lib.systems import drop_page_cache
from lib.volume_rows import BUCKET_PEERS, GIB, SMALL_BYTES, filled, volume_memory

OFF = ("--passthrough", "off")


# Reads of large files.

def large(context, name, size):
    """A system that shows one large file, whole in its cache, on a mount that only reads where there is such a one."""
    if name in ("local", "tmpfs"):
        plain = context.local() if name == "local" else context.in_memory()
        data.write_large(plain.path + "/large", size)
        return plain
    if name == "leat:sealed":
        plain = context.folder + "/source"
        if not os.path.exists(plain):
            os.makedirs(plain)
            data.write_large(plain + "/large", size)
        mounted = context.sealed(name, "file://" + plain)
    elif name.startswith("leat"):
        mounted = context.volume(name)
        if name == "leat:memory":
            tier = f"/dev/shm/{os.path.basename(context.root)}/tier"
            os.makedirs(tier)
            mounted.options += ["--tier", f"MEM={tier},quota={max(size * 2, GIB) // MIB}MiB"]
    else:
        mounted = context.peer(name)
    mounted.mount()
    if name != "leat:sealed":
        data.write_large(mounted.path + "/large", size)
    mounted.unmount()  # a JuiceFS that wrote a file and remembers opens (--open-cache) drops the file's pages at each open
    if name.startswith("leat") and name != "leat:sealed":
        mounted.options += {"leat:passthrough-off": ["--read-only", *OFF], "leat:writable": []}.get(name, ["--read-only"])
    mounted.mount()
    if name.startswith("leat") and name != "leat:sealed":  # a sealed version is read whole below
        mounted.run("warmup", mounted.path)
    data.verify_large(mounted.path + "/large", size)  # and it is in the cache of those that have no warm-up
    return mounted


def warm_large(*arguments):
    """Loops of the load generator over pages that are warm: what takes long is warmed again before each sample."""
    def setup(context, name):
        size, seconds = context.size(GIB, 512 * MIB, 16 * MIB), context.size(5, 2, 0.3)
        mounted = large(context, name, size)
        path = mounted.path + "/large"
        kind, chunk, threads, *how = arguments
        scale = 1e6 if kind == "seqloop" else 1

        def sample():
            context.load("seq", path, MIB, 1)
            return context.rate(kind, path, chunk, threads, seconds, *how) / scale
        return sample, lambda: data.verify_large(path, size)
    return setup


def reread(pages):
    def setup(context, name):
        size = context.size(2 * GIB, 512 * MIB, 16 * MIB)
        mounted = large(context, name, size)
        path = mounted.path + "/large"

        def sample():
            if pages == "dropped":
                mounted.client_warm()
            else:
                mounted.forget_pages()
                if name == "local":
                    context.load("seq", path, MIB, 1)
            return context.rate("seq", path, MIB, 1) / 1e6
        return sample, lambda: data.verify_large(path, size)
    return setup


def direct(context, name):
    size, seconds = context.size(GIB, 512 * MIB, 16 * MIB), context.size(5, 2, 0.3)
    mounted = large(context, name, size)
    return (lambda: context.rate("rand", mounted.path + "/large", 4096, 2, seconds, "direct"),
            lambda: data.verify_large(mounted.path + "/large", size))


# Small files on a volume that can be written.

def small_system(context, name, store=None, options=()):
    if name in ("local", "tmpfs"):
        return context.local() if name == "local" else context.in_memory()
    if name.startswith("leat"):
        return context.volume(name, *options, store=store)
    if name.partition(":")[0] == "juicefs":
        return context.peer(name, store=store)
    minio = context.minio()
    return context.peer(name, store=minio, bucket=minio.bucket(context.label(name)))


def warm_open(size):
    def setup(context, name):
        count, seconds = context.size(4000 if size > 4096 else 10_000, 2000, 64), context.size(5, 2, 0.3)
        def write(path):
            data.write_small(path + "/small", count, size)
        if name.partition(":")[0] in BUCKET_PEERS:
            mounted = filled(context, name, write, context.minio())
        else:
            mounted = small_system(context, name, options=("--passthrough", "on") if name == "leat:passthrough-on" else ())
            mounted.mount()
            write(mounted.path)
            if name != "local":
                mounted.unmount()
        mounted.mount()
        folder = mounted.path + "/small"
        data.verify_small(folder, count, size, count)

        def sample():
            context.load("read", folder, count, 2)
            return context.rate("readloop", folder, count, 2, seconds)
        return sample, lambda: data.verify_small(folder, count, size)
    return setup


CREATE_OPTIONS = {
    "local": ("--durability", "local"),
    "staged": ("--durability", "store", "--close", "staged"),
    "flush": ("--durability", "store", "--close", "flush"),
}


def create(size, how, on_store):
    def setup(context, name):
        count, number, last = context.size(16_000 if size <= 4096 else 4000, 2000, 64), [0], [None]
        variant = name.partition(":")[2]
        options = [*CREATE_OPTIONS[variant if variant in CREATE_OPTIONS else how]]
        if variant == "passthrough-on":
            options += ["--passthrough", "on"]
        mounted = small_system(context, name, context.minio() if on_store else None, options)
        mounted.mount()

        def sample():
            number[0] += 1
            for turn in ("before", "measured"):  # a daemon lives for days, its first seconds are another matter
                last[0] = f"{mounted.path}/{turn}{number[0]}"
                os.makedirs(last[0])
                rate = context.rate("put", last[0], count // 4 if turn == "before" else count, 16, size, context.pool())
            return rate
        return sample, lambda: data.verify_small(last[0], count, size)
    return setup


def objects(how):
    def setup(context, name):
        count, number = context.size(4000, 2000, 320), [0]
        volume = context.volume(name, *CREATE_OPTIONS[how])
        volume.mount()

        def stored():
            return sum(len(names) for _, _, names in os.walk(volume.store_folder))

        def sample():
            before, folder = stored(), f"{volume.path}/d{number[0]}"
            number[0] += 1
            os.makedirs(folder)
            context.load("put", folder, count, 16, 128 << 10, context.pool())
            volume.run("flush", volume.path)
            return (stored() - before) / count
        return sample, lambda: data.verify_small(volume.path + "/d0", count, 128 << 10)
    return setup


# Large writes.

def write_synced(on_store):
    def setup(context, name):
        size, number = context.size(2 * GIB, 512 * MIB, 16 * MIB), [0]
        if name == "raw":
            minio = context.minio()

            def raw():
                return size / minio.client.upload(f"/{Minio.BUCKET}/raw", size, 16 * MIB, 8) / 1e6
            return raw
        options = {"leat": CREATE_OPTIONS["flush" if on_store else "local"],
                   "leat:passthrough-on": (*CREATE_OPTIONS["flush" if on_store else "local"], "--passthrough", "on")}.get(name, ())
        mounted = small_system(context, name, context.minio() if on_store else None, options)
        mounted.mount()

        def sample():
            path = f"{mounted.path}/w{number[0]}"
            number[0] += 1
            rate = context.rate("write", path, size, MIB, context.pool()) / 1e6
            if number[0] == 1:
                data.verify_large(path, size)
            os.unlink(path)
            if name.startswith("leat"):
                mounted.run("flush", mounted.path)
            drop_page_cache()
            return rate
        return sample
    return setup


def fill_full(context, name):
    """Reads three times what the cache holds; or what an empty one holds."""
    quota = context.size(GIB, GIB, GIB)
    volume = context.volume(name, "--cache-size", f"{quota // MIB}MiB")
    volume.mount()
    files = context.size(24, 24, 9)  # of 128 MiB
    for number in range(files):
        data.write_large(f"{volume.path}/f{number}", 128 * MIB)
    half = files // 4

    def read(numbers):
        seconds = 0
        for number in numbers:
            got, spent = context.load("seq", f"{volume.path}/f{number}", MIB, 1)
            if got != 128 * MIB:
                raise WrongBytes(f"f{number} has {got} bytes")
            seconds += spent
        return len(numbers) * 128 * MIB / seconds / 1e6

    def sample():
        volume.cold()
        if name == "leat:empty":
            return read(range(half))
        read(range(files - half))
        return read(range(files - half, files))
    return sample


def read_memory(context, name):
    size, minio = context.size(2 * GIB, 512 * MIB, 32 * MIB), context.minio()
    mounted = small_system(context, name, minio)
    mounted.mount()
    data.write_large(mounted.path + "/large", size)

    def sample():
        mounted.cold()
        context.load("seq", mounted.path + "/large", MIB, 1)
        return volume_memory(mounted)
    return sample


def row(name, title, unit, state, setup, systems, goals, **more):
    return Row(name, title, unit, state, setup, systems, [Goal(*goal) for goal in goals], **more)


READERS = ("local", "leat", "leat:passthrough-off", "juicefs")
SMALL = ("local", "leat", "leat:passthrough-on", "juicefs", "s3fs", "rclone", "juicefs:default")
# rclone does not write here: its close and fsync return before anything is sent.
WRITERS = ("local", "leat", "leat:passthrough-on", "juicefs:writeback")
ROWS = [
    row("warm-seq", "sequential read, 1 MiB, 1 reader", "MB/s", "page-cache-warm", warm_large("seqloop", MIB, 1),
        (*READERS, "leat:writable"), [(0.95, "local")], quick=True, published=("curvine-seq",)),
    row("warm-seq-2", "sequential read, 1 MiB, 2 readers", "MB/s", "page-cache-warm", warm_large("seqloop", MIB, 2), READERS,
        [(0.95, "local")]),
    row("warm-rand", "random read, 4 KiB, buffered, 2 readers", "reads/s", "page-cache-warm", warm_large("rand", 4096, 2),
        (*READERS, "leat:writable"), [(0.90, "local")], quick=True, published=("juicefs-rand",)),
    row("warm-mmap", "random copy of 4 KiB out of a mapping, 2 readers", "copies/s", "page-cache-warm",
        warm_large("rand", 4096, 2, "mmap"), READERS, [(0.90, "local")]),
    row("reread", "sequential re-read of a large file, all pages dropped", "MB/s", "client-warm, disk", reread("dropped"), READERS,
        [(0.90, "local"), (0.35, "local", "leat:passthrough-off")], quick=True),
    row("reread-memory", "the same, the client's cache in memory, the mount made anew", "MB/s", "client-warm, memory", reread("cached"),
        READERS, [(0.90, "local"), (0.35, "local", "leat:passthrough-off")]),
    row("direct", "O_DIRECT random read, 4 KiB, 2 readers: cache on disk, and in memory", "reads/s", "client-warm", direct,
        ("local", "tmpfs", "leat", "leat:memory", "leat:passthrough-off", "juicefs"),
        [(0.90, "local"), (0.90, "tmpfs", "leat:memory")], published=("alluxio-direct",)),
    row("open-112k", "open+read+close of 112 KiB on a volume that can be written, 2 readers", "files/s", "page-cache-warm",
        warm_open(SMALL_BYTES), SMALL, [(0.40, "local")], quick=True),
    row("open-4k", "open+read+close of 4 KiB on a volume that can be written, 2 readers", "files/s", "page-cache-warm", warm_open(4096),
        SMALL, [(0.15, "local")]),
    row("create-local-4k", "create+write+close of 4 KiB, 16 writers, local durability", "files/s", "–", create(4096, "local", False),
        WRITERS, [(0.5, "local")]),
    row("create-local-128k", "create+write+close of 128 KiB, 16 writers, local durability", "files/s", "–",
        create(128 << 10, "local", False), WRITERS, [(0.5, "local")]),
    row("create-store-4k", "create+write+close of 4 KiB, 16 writers, S3", "files/s", "–", create(4096, "flush", True),
        ("leat", "juicefs", "juicefs:writeback", "s3fs"), [(5, "juicefs")]),
    row("create-store-128k", "create+write+close of 128 KiB, 16 writers, S3: close staged, and flush", "files/s", "–",
        create(128 << 10, "flush", True), ("leat:staged", "leat:flush", "juicefs", "juicefs:writeback", "s3fs"),
        [(5, "juicefs", "leat:staged"), (1.2, "juicefs", "leat:flush")], quick=True),
    row("objects-staged", "objects for each file of 128 KiB, 16 writers, close staged", "objects/file", "–", objects("staged"), ("leat",),
        [(0.01,)], higher=False),
    row("objects-flush", "objects for each file of 128 KiB, 16 writers, close flush", "objects/file", "–", objects("flush"), ("leat",),
        [(round(1 / 12, 4),)], higher=False),
    row("write-local", "sequential write of 2 GiB and fsync, local durability", "MB/s", "–", write_synced(False), WRITERS,
        [(0.8, "local")], quick=True),
    row("write-store", "sequential write of 2 GiB and fsync to S3, beside an upload in parts", "MB/s", "–", write_synced(True),
        ("raw", "leat", "leat:passthrough-on", "juicefs", "s3fs"), [(0.7, "raw")]),
    row("fill-full", "sequential first read into a full cache, beside an empty one", "MB/s", "cold", fill_full, ("leat:empty", "leat"),
        [(0.8, "leat:empty")]),
    row("read-memory", "peak memory of a cold read of 2 GiB from S3, at defaults", "MiB", "cold", read_memory, ("leat", "juicefs"),
        [(400,)], higher=False, published=("mount-s3-memory",)),
]
