"""The systems that are measured side by side: how each is made, mounted, made cold, and taken away."""
import contextlib
import json
import os
import shutil
import subprocess
import time

from lib.row import Skip
from lib.servers import Minio, find

COMMAND_SECONDS = 900


def drop_page_cache():
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w") as f:
        f.write("3\n")


def call(command, env=None, timeout=COMMAND_SECONDS):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          env={**os.environ, **(env or {})}, timeout=timeout)
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {text.strip()[-500:]}")
    return text


def same_nice(pid):
    """Every daemon runs at the same priority: JuiceFS takes -19 for itself as root."""
    for tid in os.listdir(f"/proc/{pid}/task"):
        try:
            os.setpriority(os.PRIO_PROCESS, int(tid), 0)
        except OSError:
            pass  # a thread that ended meanwhile


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(word) for word in f.read().split()]
    except FileNotFoundError:
        return []


def cpu_seconds(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_memory(pid):
    try:
        with open(f"/proc/{pid}/status") as f:
            return next((int(line.split()[1]) * 1024 for line in f if line.startswith("VmHWM")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0


class Local:
    """A plain directory, on the disk or in memory: the limit."""

    def __init__(self, path):
        self.path = path
        os.makedirs(path, exist_ok=True)

    def mount(self):
        pass

    def cold(self):
        drop_page_cache()

    client_warm = cold

    def forget_pages(self):
        pass

    def pids(self):
        return []

    def kill(self):
        pass

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Mounted:
    """A system with a mount point and a cache folder of its own."""

    def __init__(self, folder, label):
        self.folder, self.path, self.cache = f"{folder}/{label}", f"{folder}/{label}/mnt", f"{folder}/{label}/cache"
        os.makedirs(self.path)
        self.mounted = False
        self.log = self.folder + "/log"

    def mount(self):
        if not self.mounted:
            self.start()
            self.mounted = True

    def unmount(self):
        if self.mounted:
            self.stop()
            self.mounted = False

    def cold(self):
        """Client's cache wiped, page cache dropped, mounted anew."""
        self.unmount()
        shutil.rmtree(self.cache, ignore_errors=True)
        drop_page_cache()
        self.mount()

    def client_warm(self):
        """Client's cache kept, page cache dropped, mounted anew."""
        self.unmount()
        drop_page_cache()
        self.mount()

    def forget_pages(self):
        """The mount's pages are dropped by mounting anew, the client's cache is in the page cache."""
        self.unmount()
        self.mount()
        for folder, _, names in os.walk(self.cache):
            for name in names:
                with contextlib.suppress(OSError), open(f"{folder}/{name}", "rb") as f:
                    while f.read(4 << 20):
                        pass

    def pids(self):
        raise NotImplementedError

    def kill(self):
        """Ends its processes by their ids, upon which whoever waits for it gets an error."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)

    def close(self):
        try:
            self.unmount()
        except (RuntimeError, OSError, subprocess.SubprocessError):
            self.kill()
        for _ in range(3):  # a mount may lie over another
            if subprocess.run(["findmnt", "-M", self.path], capture_output=True, check=False).returncode != 0:
                break
            subprocess.run(["umount", "-l", self.path], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


class LeatMount(Mounted):
    """What every mount of Leat has."""

    def __init__(self, folder, label, program, options):
        super().__init__(folder, label)
        self.program, self.options, self.known = program, list(options), []
        self.env = {"LEAT_RUN_DIR": f"{self.folder}/run", "AWS_ACCESS_KEY_ID": Minio.ACCESS,
                    "AWS_SECRET_ACCESS_KEY": Minio.SECRET, "AWS_REGION": "us-east-1"}

    def start(self):
        cache = [] if "--tier" in self.options else ["--cache-dir", self.cache]
        if cache and "--cache-size" not in self.options:
            cache += ["--cache-size", "20GiB"]
        call([self.program, "mount", self.source, self.path, *cache, *self.options], self.env)
        status = self.status()
        self.known = [pid for pid in (status.get("holder"), status["pid"]) if pid]
        for pid in self.known:
            same_nice(pid)

    def status(self):
        return json.loads(call([self.program, "status", "--json", self.path], self.env, 60))

    def stop(self):
        call([self.program, "umount", self.path], self.env)

    def pids(self):
        return self.known  # the holder first: it would start another daemon

    def run(self, *words):
        return call([self.program, *words], self.env)


class Leat(LeatMount):
    """A volume: metadata at a URL, or SQLite; objects at a server, or in a directory."""

    def __init__(self, folder, program, metadata=None, store=None, label="leat", options=()):
        super().__init__(folder, label, program, options)
        self.source = metadata or f"sqlite://{self.folder}/volume.db"
        self.store_folder = self.folder + "/store"
        where = ["--store", f"file://{self.store_folder}"]
        if store:
            where = ["--store", f"s3://{Minio.BUCKET}/{label}-{os.path.basename(folder)}", "--endpoint", store.endpoint]
        self.run("format", "--trash-days", "0", self.source, *where)


class InPlace(LeatMount):
    """Data where it lies, with names and versions taken for true for an hour, as all peers have it."""

    def __init__(self, folder, program, source, label, options=()):
        super().__init__(folder, label, program, ["--freshness", "ttl=1h", *options])
        self.source = source


class Sealed(LeatMount):
    """A sealed version of data where it lies."""

    def __init__(self, folder, program, source, label, serve="fuse", endpoint=None, options=()):
        where = ["--registry", f"file://{folder}/{label}/registry", *(["--endpoint", endpoint] if endpoint else [])]
        super().__init__(folder, label, program, [*where, "--serve", serve, *options])
        self.source = "dataset://bench@v1"
        self.run("dataset", "seal", source, "--name", "bench", "--version", "v1", *where)


class Peer(Mounted):
    """A program that stays in the foreground while its mount lives."""

    program_name, package = "", ""

    def __init__(self, folder, label, tuned=True):
        self.program = find(self.program_name)
        if self.program is None:
            raise Skip(f"no {self.program_name} on PATH; bench/setup installs it")
        super().__init__(folder, label)
        self.tuned, self.daemon, self.env = tuned, None, {}

    def start(self):
        # The stores speak plain HTTP; some clients refuse to combine their own transport with a bundle from the environment.
        environment = {name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"}
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                           start_new_session=True, env={**environment, **self.env})
        end = time.monotonic() + 60
        while not os.path.ismount(self.path):
            if self.daemon.poll() is not None or time.monotonic() > end:
                with open(self.log, errors="replace") as text:
                    raise RuntimeError(f"{self.program_name} did not mount: {text.read()[-300:]}")
            time.sleep(0.01)
        for pid in self.pids():
            same_nice(pid)

    def stop(self):
        call(["umount", self.path], timeout=60)
        try:
            self.daemon.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()

    def pids(self):
        return [self.daemon.pid, *children(self.daemon.pid)] if self.daemon else []

    def kill(self):
        super().kill()
        if self.daemon:
            self.daemon.wait()


class JuiceFS(Peer):
    """Tuned: with what its documentation gives for reading data sets, 1 MiB requests and long lifetimes."""

    program_name = "juicefs"

    def __init__(self, folder, metadata=None, store=None, label="juicefs", tuned=True, options=()):
        super().__init__(folder, label, tuned)
        self.url = metadata or f"sqlite3://{self.folder}/volume.db"
        self.options = list(options)
        where = ["--storage", "file", "--bucket", self.folder + "/store/"]
        if store:
            where = ["--storage", "minio", "--bucket", f"{store.endpoint}/{Minio.BUCKET}", "--access-key", Minio.ACCESS,
                     "--secret-key", Minio.SECRET]
        call([self.program, "format", *where, "--trash-days", "0", self.url, f"{label}-{os.path.basename(folder)}"])

    def command(self):
        tuning = ["--max-fuse-io", "1M", "--attr-cache", "600", "--entry-cache", "600", "--dir-entry-cache", "600",
                  "--open-cache", "600"] if self.tuned else []
        return [self.program, "mount", "--cache-dir", self.cache, "--cache-size", "20G", *tuning, *self.options,
                "--backup-meta", "0", "--no-usage-report", "--metrics", "127.0.0.1:0", self.url, self.path]

    def stop(self):
        call([self.program, "umount", self.path])
        try:
            self.daemon.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()


class S3fs(Peer):
    """Tuned: kernel_cache, eight requests of 16 MiB at a time, attributes of all names kept for an hour."""

    program_name = "s3fs"

    def __init__(self, folder, store, bucket, label="s3fs", tuned=True):
        super().__init__(folder, label, tuned)
        self.store, self.bucket = store, bucket
        self.passwords = self.folder + "/passwords"
        with open(os.open(self.passwords, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
            f.write(f"{Minio.ACCESS}:{Minio.SECRET}\n")

    def command(self):
        os.makedirs(self.cache, exist_ok=True)
        tuning = ("kernel_cache,parallel_count=8,multipart_size=16,max_stat_cache_size=200000,stat_cache_expire=3600,"
                  "enable_noobj_cache,") if self.tuned else ""
        return [self.program, self.bucket, self.path, "-f", "-o",
                f"{tuning}use_cache={self.cache},passwd_file={self.passwords},url={self.store.endpoint},"
                "use_path_request_style,endpoint=us-east-1"]


class Rclone(Peer):
    """Tuned: whole files cached, names for an hour, requests of 16 MiB."""

    program_name = "rclone"

    def __init__(self, folder, store, bucket, label="rclone", tuned=True):
        super().__init__(folder, label, tuned)
        self.store, self.bucket = store, bucket
        self.env = {"RCLONE_CONFIG": self.folder + "/none.conf"}
        open(self.folder + "/none.conf", "w").close()

    def command(self):
        tuning = ["--dir-cache-time", "1h", "--attr-timeout", "1h", "--vfs-read-chunk-size", "16M"] if self.tuned else []
        return [self.program, "mount", f":s3:{self.bucket}", self.path, "--s3-provider", "Minio", "--s3-endpoint", self.store.endpoint,
                "--s3-access-key-id", Minio.ACCESS, "--s3-secret-access-key", Minio.SECRET, "--s3-no-check-bucket",
                "--vfs-cache-mode", "full", "--cache-dir", self.cache, *tuning]


class MountS3(Peer):
    """mountpoint-s3, where its binary is on PATH."""

    program_name = "mount-s3"

    def __init__(self, folder, store, bucket, label="mount-s3"):
        super().__init__(folder, label)
        self.store, self.bucket = store, bucket
        self.env = {"AWS_ACCESS_KEY_ID": Minio.ACCESS, "AWS_SECRET_ACCESS_KEY": Minio.SECRET, "AWS_REGION": "us-east-1"}

    def command(self):
        os.makedirs(self.cache, exist_ok=True)
        return [self.program, self.bucket, self.path, "--foreground", "--endpoint-url", self.store.endpoint,
                "--force-path-style", "--cache", self.cache, "--metadata-ttl", "indefinite"]
