"""Servers that a run starts for itself: on free ports, in its own folder, ended by their process."""
import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

from lib.s3raw import S3


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def find(name):
    """A program on PATH or where peers are kept."""
    return shutil.which(name) or shutil.which(name, path=os.path.expanduser("~/.cache/leat-tools/bin"))


class Server:
    def __init__(self, command, log, env=None):
        self.log = open(log, "wb")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                        env={**os.environ, **(env or {})})

    def await_port(self, port, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.process.args[0]} ended with {self.process.returncode}; see {self.log.name}")
            with socket.socket() as s:
                s.settimeout(1)
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"{self.process.args[0]} does not listen on {port}; see {self.log.name}")

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Redis(Server):
    def __init__(self, folder):
        self.port = free_port()
        os.makedirs(folder)
        # As JuiceFS's own figures were made: an append-only file, synced every second.
        super().__init__(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", folder, "--save", "",
                          "--appendonly", "yes", "--appendfsync", "everysec"], os.path.join(folder, "log"))
        self.await_port(self.port)

    def url(self, database):
        return f"redis://127.0.0.1:{self.port}/{database}"


class Postgres(Server):
    """Set up as a package installs it; it refuses to run as root, so it runs as another user and in a folder of that one's."""

    def __init__(self, folder):
        self.port = free_port()
        os.makedirs(folder)
        binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
        self.binaries = binaries[-1] if binaries else os.path.dirname(shutil.which("initdb") or "")
        self.data = tempfile.mkdtemp(prefix="leat-bench-pg-")
        user = next(name for name in ("postgres", "nobody") if name in {each.pw_name for each in pwd.getpwall()})
        shutil.chown(self.data, user)
        as_user = ["setpriv", "--reuid", user, "--clear-groups"]
        subprocess.run([*as_user, f"{self.binaries}/initdb", "-D", self.data + "/db", "-U", "leat", "-A", "trust"], check=True,
                       stdout=subprocess.DEVNULL, cwd=self.data)
        super().__init__([*as_user, f"{self.binaries}/postgres", "-D", self.data + "/db", "-p", str(self.port), "-k", self.data, "-c",
                          "listen_addresses=127.0.0.1"], os.path.join(folder, "log"))
        self.await_port(self.port)

    @staticmethod
    def found():
        return bool(glob.glob("/usr/lib/postgresql/*/bin/initdb") or shutil.which("initdb"))

    def url(self, database):
        done = None
        for _ in range(100):  # it listens a moment before it answers
            done = subprocess.run([f"{self.binaries}/createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "leat", database],
                                  capture_output=True, check=False)
            if done.returncode == 0:
                return f"postgres://leat@127.0.0.1:{self.port}/{database}"
            time.sleep(0.1)
        raise RuntimeError(f"createdb: {done.stderr.decode().strip()}")

    def close(self):
        super().close()
        shutil.rmtree(self.data, ignore_errors=True)


class Minio(Server):
    ACCESS, SECRET, BUCKET = "leat-bench", "leat-bench-secret", "bench"

    def __init__(self, binary, folder):
        self.port = free_port()
        os.makedirs(folder + "/data")
        super().__init__([binary, "server", "--quiet", "--address", f"127.0.0.1:{self.port}", "--console-address",
                          f"127.0.0.1:{free_port()}", folder + "/data"], os.path.join(folder, "log"),
                         {"MINIO_ROOT_USER": self.ACCESS, "MINIO_ROOT_PASSWORD": self.SECRET, "MINIO_BROWSER": "off",
                          "MINIO_UPDATE": "off", "MINIO_CI_CD": "1"})
        self.await_port(self.port)
        self.client = S3("127.0.0.1", self.port, self.ACCESS, self.SECRET)
        end = time.monotonic() + 60
        while True:
            try:
                self.client.request("PUT", f"/{self.BUCKET}")
                break
            except (RuntimeError, OSError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def bucket(self, name):
        self.client.request("PUT", f"/{name}")
        return name


class LeanStore(Server):
    """LeanStore.java: objects in memory, with a latency and a limit for each connection."""

    def __init__(self, java, classes, folder):
        os.makedirs(folder)
        self.log = open(folder + "/log", "wb")
        self.process = subprocess.Popen([java, "-XX:+UseSerialGC", "-Xmx6g", "-Xms1g", "-cp", classes, "LeanStore"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.endpoint = self.process.stdout.readline().strip()
        if not self.endpoint.startswith("http"):
            raise RuntimeError(f"the lean store does not start; see {folder}/log")
        self.port = int(self.endpoint.rsplit(":", 1)[1])
        self.client = S3("localhost", self.port, Minio.ACCESS, Minio.SECRET)

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def bucket(self, name):
        self.tell("bucket " + name)
        return name

    def latency(self, millis):
        self.tell(f"latency {millis}")

    def traffic(self):
        """What was asked since the last call."""
        names = ("requests", "gets", "bytesSent", "puts", "bytesReceived")
        return dict(zip(names, map(int, self.tell("traffic").split())))
