"""Interleaved rounds, deadlines, and what rows are given."""
import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
import traceback

from lib import data, systems
from lib.row import Skip
from lib.servers import LeanStore, Minio, Postgres, Redis, find

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Hung(Exception):
    """A system did not answer in time and was killed."""


class Context:
    """What rows get: folders, servers (started when first asked for), systems, the load generator."""

    def __init__(self, options, folder, java, classes):
        self.options, self.root, self.java, self.classes = options, folder, java, classes
        self.sizes, self.leat = options.sizes, os.environ.get("LEAT_BENCH_LEAT", os.path.join(ROOT, "leat"))
        self.juicefs = find("juicefs")
        self.folder, self.stack, self.memory = folder, None, {}
        self.system_name, self.made = "", {}
        self.counters = {}
        self._servers, self._databases, self._once = {}, 0, {}

    @contextlib.contextmanager
    def of_row(self, name):
        with contextlib.ExitStack() as stack:
            self.stack, self.folder = stack, os.path.join(self.root, name)
            self._servers, self._once, self.made = {}, {}, {}
            os.makedirs(self.folder)
            stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            shared = f"/dev/shm/{os.path.basename(self.root)}"
            stack.callback(shutil.rmtree, shared, ignore_errors=True)
            yield

    def size(self, full, quick, tiny):
        """Of work: in a whole run, in a quick one, and in one that only shows that everything runs."""
        return {"full": full, "quick": quick, "tiny": tiny}[self.sizes]

    def once(self, key, make):
        """What the systems of a row share."""
        if key not in self._once:
            self._once[key] = make()
        return self._once[key]

    def keep(self, thing):
        self.stack.callback(thing.close)
        if hasattr(thing, "pids"):
            self.made.setdefault(self.system_name, []).append(thing)
        return thing

    # The load generator.

    def load(self, *arguments):
        """Runs it; returns operations (or bytes) and seconds."""
        command = [self.java, "-XX:+UseSerialGC", "-Xmx256m", "--enable-native-access=ALL-UNNAMED", "-cp", self.classes, "Load"]
        done = subprocess.run([*command, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=self.options.deadline + 60)
        if done.returncode != 0:
            raise RuntimeError(f"load {arguments}: {done.stderr.decode(errors='replace').strip()[-300:]}")
        count, seconds = done.stdout.split()
        return int(count), float(seconds)

    def rate(self, *arguments):
        count, seconds = self.load(*arguments)
        return count / seconds

    def pool(self):
        return data.pool_file(self.root)

    # Servers.

    def _server(self, name, make):
        if name not in self._servers:
            server = make()
            self.stack.callback(server.close)
            self._servers[name] = server
        return self._servers[name]

    def minio(self):
        binary = find("minio")
        if binary is None:
            raise Skip("no minio on PATH or in ~/.cache/leat-tools/bin; bench/setup builds it")
        return self._server("minio", lambda: Minio(binary, os.path.join(self.folder, "minio")))

    def lean_store(self):
        testing = os.path.join(ROOT, "testing", "target", "classes")
        if not os.path.isdir(testing):
            raise Skip("the module testing, of which the lean store is made, is not built: mvn -DskipTests package")
        return self._server("lean", lambda: LeanStore(self.java, self.classes + ":" + testing, os.path.join(self.folder, "lean")))

    def postgres_url(self):
        """A database of its own for each caller."""
        if not Postgres.found():
            raise Skip("no PostgreSQL here")
        self._databases += 1
        return self._server("postgres", lambda: Postgres(os.path.join(self.folder, "postgres"))).url(f"bench{self._databases}")

    def redis_url(self):
        """A database of its own for each caller."""
        if shutil.which("redis-server") is None:
            raise Skip("no redis-server on PATH")
        server = self._server("redis", lambda: Redis(os.path.join(self.folder, "redis")))
        self._databases += 1
        return server.url(self._databases % 16)

    # Systems.

    def label(self, name):
        return name.replace(":", "-")

    def local(self):
        return self.keep(systems.Local(self.folder + "/plain"))

    def in_memory(self):
        if not os.path.isdir("/dev/shm"):
            raise Skip("no /dev/shm")
        return self.keep(systems.Local(f"/dev/shm/{os.path.basename(self.root)}/plain"))

    def volume(self, name, *options, metadata=None, store=None):
        return self.keep(systems.Leat(self.folder, self.leat, metadata, store, self.label(name), options))

    def sealed(self, name, source, *options, serve="fuse", endpoint=None):
        return self.keep(systems.Sealed(self.folder, self.leat, source, self.label(name), serve, endpoint, options))

    def in_place(self, name, source, *options):
        return self.keep(systems.InPlace(self.folder, self.leat, source, self.label(name), options))

    def peer(self, name, store=None, bucket=None, metadata=None):
        """A peer by its name; ':default' is the same without tuning, ':writeback' with JuiceFS's writing behind."""
        kind, _, variant = name.partition(":")
        tuned, label = variant != "default", self.label(name)
        if kind == "juicefs":
            options = ["--writeback"] if variant == "writeback" else []
            return self.keep(systems.JuiceFS(self.folder, metadata, store, label, tuned, options))
        if kind == "s3fs":
            return self.keep(systems.S3fs(self.folder, store, bucket, label, tuned))
        if kind == "rclone":
            return self.keep(systems.Rclone(self.folder, store, bucket, label, tuned))
        if kind == "mount-s3":
            return self.keep(systems.MountS3(self.folder, store, bucket, label))
        raise ValueError(name)


def guarded(context, name, work):
    """Runs work of a system; when its time is over the system's processes are killed, upon which whoever waits for it goes on, and the
    work is ended."""
    over, lock = threading.Event(), threading.Lock()
    done = [False]

    def interrupt(*_):
        raise Hung(f"killed after {context.options.deadline} s without an end")

    def expire():
        with lock:
            if done[0]:
                return
            over.set()
            for system in context.made.get(name, []):
                system.kill()
            os.kill(os.getpid(), signal.SIGALRM)
    timer = threading.Timer(context.options.deadline, expire)
    timer.daemon = True
    context.system_name = name
    signal.signal(signal.SIGALRM, interrupt)
    timer.start()
    try:
        return work()
    except Exception as e:
        if over.is_set() and not isinstance(e, Hung):
            raise Hung(f"killed after {context.options.deadline} s without an end") from e
        raise
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        with lock:
            done[0] = True
        timer.cancel()


def usage(context, name):
    pids = {pid for system in context.made.get(name, []) for pid in system.pids()}
    return {pid: systems.cpu_seconds(pid) for pid in pids}, {pid: systems.peak_memory(pid) for pid in pids}


class Trouble:
    """Why a system of a row has no figure."""

    def __init__(self, error):
        self.kind = {Skip: "skipped", Hung: "hung", data.WrongBytes: "wrong bytes"}.get(type(error), "failed")
        self.why = str(error).strip() or repr(error)
        if self.kind == "failed" and os.environ.get("LEAT_BENCH_TRACE"):
            traceback.print_exception(error)


def measure(row, context, names, rounds, seconds):
    """Interleaves the row's systems; each round begins with another one, and none begins when the row's time is over.
    A system that fails is left out from there on. Returns values, use of processor and memory, and troubles, by system."""
    values, used, troubles, samples, checks = {}, {}, {}, {}, {}
    with context.of_row(row.name):
        def attempt(name, work):
            try:
                return guarded(context, name, work)
            except Exception as e:  # one system that fails must not take the others along
                troubles[name] = Trouble(e)
                values.pop(name, None)
                samples.pop(name, None)
                return None

        for name in names:
            made = attempt(name, lambda name=name: row.setup(context, name))
            if made is not None:
                samples[name], checks[name] = made if isinstance(made, tuple) else (made, None)
                values[name], used[name] = [], {"cpuSeconds": [], "memoryBytes": 0}
        end = time.monotonic() + seconds
        order = list(samples)
        for number in range(rounds):
            if number > 0 and time.monotonic() > end:
                break
            for name in order[number % len(order):] + order[:number % len(order)] if order else []:
                if name not in samples:
                    continue
                before, _ = usage(context, name)
                value = attempt(name, samples[name])
                if value is None:
                    continue
                values[name].append(value)
                after, memory = usage(context, name)
                used[name]["cpuSeconds"].append(sum(spent - before.get(pid, 0.0) for pid, spent in after.items()))
                used[name]["memoryBytes"] = max([used[name]["memoryBytes"], *memory.values()])
        for name in list(samples):
            if checks.get(name):
                attempt(name, checks[name])
    return values, used, troubles


def summary(values, used):
    if isinstance(values[0], list):  # curves: the median of each epoch
        return {"values": values, "curve": [statistics.median(each) for each in zip(*values)]}
    shown = {"values": values, "median": statistics.median(values), "min": min(values), "max": max(values)}
    if any(used["cpuSeconds"]):
        shown["cpuSeconds"] = round(statistics.median(used["cpuSeconds"]), 2)
    if used["memoryBytes"]:
        shown["memoryBytes"] = used["memoryBytes"]
    return shown


def run_row(row, context, names):
    started = time.monotonic()
    values, used, troubles = measure(row, context, names, context.options.rounds, context.options.seconds)
    result = {"name": row.name, "title": row.title, "group": row.group, "unit": row.unit, "higherIsBetter": row.higher,
              "state": row.state, "published": list(row.published),
              "systems": {name: summary(each, used[name]) for name, each in values.items() if each},
              "troubles": {name: {"kind": t.kind, "why": t.why} for name, t in troubles.items()}}
    medians = {name: s["median"] for name, s in result["systems"].items() if "median" in s}
    best = row.best_peer(medians)
    result.update(goals=row.judge(medians), **({"bestPeer": best} if best else {}))
    result["verdict"] = verdict(result)
    result["seconds"] = round(time.monotonic() - started, 1)
    return result


def verdict(result):
    kinds = {t["kind"] for t in result["troubles"].values()}
    ours = {t["kind"] for name, t in result["troubles"].items() if name.partition(":")[0] == "leat"}
    if "wrong bytes" in kinds:
        return "wrong bytes"
    if ours & {"failed", "hung"}:
        return "failed"
    if not result["systems"]:
        return "skipped"
    verdicts = {goal["verdict"] for goal in result["goals"]}
    return "falls short" if "falls short" in verdicts else "pass" if verdicts == {"pass"} else "no goal" if not verdicts else "in part"


def pretouch(bytes_wanted):
    """A virtual machine gets memory from its host when it first touches it, which costs several times a copy: touch it now."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    path, block = f"/dev/shm/leat-bench-touch-{os.getpid()}", bytes(4 << 20)
    try:
        with open(path, "wb") as f:
            for _ in range(min(bytes_wanted, free // 2) // len(block)):
                f.write(block)
    except OSError as e:
        print(f"memory is not touched beforehand: {e}", file=sys.stderr)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
