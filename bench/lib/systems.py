"""The systems that are measured side by side: how each is made, mounted, made cold, and taken away."""
import json
import os
import shutil
import subprocess
import time

from lib.servers import Minio, find


def drop_page_cache():
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w") as f:
        f.write("3\n")


def call(command, env=None, timeout=900):
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


class Ext4:
    """A plain directory: the limit of what is read from the page cache. Its name says what the file system is."""

    def __init__(self, folder):
        self.path = folder + "/plain"
        os.makedirs(self.path)
        self.name = "local"

    def mount(self):
        pass

    def cold(self):
        drop_page_cache()

    client_warm = cold

    def memory_bytes(self):
        return None

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Mounted:
    """A system with a mount point and a cache folder of its own."""

    def __init__(self, folder, label):
        self.folder, self.path, self.cache = f"{folder}/{label}", f"{folder}/{label}/mnt", f"{folder}/{label}/cache"
        os.makedirs(self.path)
        self.mounted = False

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

    def close(self):
        try:
            self.unmount()
        except (RuntimeError, subprocess.SubprocessError):
            pass
        if os.path.ismount(self.path):
            subprocess.run(["umount", "-l", self.path], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class Leat(Mounted):
    def __init__(self, folder, program, metadata, store, label="leat"):
        """store: a Minio server or None for a directory."""
        super().__init__(folder, label)
        self.name, self.program = "leat", program
        self.env = {"LEAT_RUN_DIR": f"{folder}/{label}/run"}
        self.url = metadata or f"sqlite://{self.folder}/volume.db"
        where = ["--store", f"file://{self.folder}/store"]
        if isinstance(store, Minio):
            self.env.update(AWS_ACCESS_KEY_ID=Minio.ACCESS, AWS_SECRET_ACCESS_KEY=Minio.SECRET, AWS_REGION="us-east-1")
            where = ["--store", f"s3://{Minio.BUCKET}/{label}-{os.path.basename(folder)}", "--endpoint", store.endpoint]
        call([program, "format", "--trash-days", "0", self.url, *where], self.env)

    def start(self):
        call([self.program, "mount", self.url, self.path, "--cache-dir", self.cache, "--cache-size", "20GiB"], self.env)
        same_nice(self.pid())

    def pid(self):
        return int(json.loads(call([self.program, "status", "--json", self.path], self.env))["pid"])

    def stop(self):
        call([self.program, "umount", self.path], self.env)

    def memory_bytes(self):
        with open(f"/proc/{self.pid()}/status") as f:
            return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmHWM"))


class JuiceFS(Mounted):
    """JuiceFS with the options that its documentation gives for reading data sets: 1 MiB requests and long lifetimes."""

    def __init__(self, folder, metadata, store, label="juicefs"):
        super().__init__(folder, label)
        self.name, self.program = "juicefs", find("juicefs")
        self.url = metadata or f"sqlite3://{self.folder}/volume.db"
        where = ["--storage", "file", "--bucket", self.folder + "/store/"]
        if isinstance(store, Minio):
            where = ["--storage", "minio", "--bucket", f"{store.endpoint}/{Minio.BUCKET}", "--access-key", Minio.ACCESS,
                     "--secret-key", Minio.SECRET]
        call([self.program, "format", *where, "--trash-days", "0", self.url, f"{label}-{os.path.basename(folder)}"])

    def start(self):
        log = open(self.folder + "/log", "ab")
        self.daemon = subprocess.Popen(
            [self.program, "mount", "--cache-dir", self.cache, "--cache-size", "20G", "--max-fuse-io", "1M",
             "--attr-cache", "600", "--entry-cache", "600", "--dir-entry-cache", "600", "--open-cache", "600",
             "--backup-meta", "0", "--no-usage-report", "--metrics", "127.0.0.1:0", self.url, self.path],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        log.close()
        end = time.monotonic() + 60
        while not os.path.ismount(self.path):
            if self.daemon.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"juicefs did not mount; see {self.folder}/log")
            time.sleep(0.01)
        for pid in [self.daemon.pid, *children(self.daemon.pid)]:
            same_nice(pid)

    def stop(self):
        call([self.program, "umount", self.path])
        try:
            self.daemon.wait(30)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()

    def memory_bytes(self):
        most = 0
        for pid in [self.daemon.pid, *children(self.daemon.pid)]:
            with open(f"/proc/{pid}/status") as f:
                most = max(most, next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmHWM")))
        return most
