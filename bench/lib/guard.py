"""Takes away what a run has left: processes, mounts, folders. All that a run starts carries its mark in the environment.

python3 guard.py FOLDER waits until its input ends, as it does however the run ends, and then cleans up if the run did not.
"""
import os
import shutil
import signal
import subprocess
import sys
import time

MARK = "LEAT_BENCH_FOLDER"
PREFIX = "leat-bench-"


def marked(folder):
    """Processes of the run with that folder, holders of mounts first, which would start daemons again."""
    needle, found = f"{MARK}={folder}\0".encode(), []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/environ", "rb") as f:
                if needle not in f.read() + b"\0":
                    continue
            with open(f"/proc/{entry}/cmdline", "rb") as f:
                found.append((b"java" in f.read(), int(entry)))
        except OSError:
            continue  # it ended meanwhile
    return [pid for _, pid in sorted(found)]


def mounts_below(folder):
    with open("/proc/self/mountinfo") as f:
        points = [line.split()[4].replace("\\040", " ") for line in f]
    return [point for point in reversed(points) if point.startswith(folder + "/")]


def clean(folder, others=()):
    for _ in range(3):  # what is killed may have just started something
        for pid in marked(folder):
            if pid not in others:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        time.sleep(0.1)
    for point in mounts_below(folder):
        subprocess.run(["umount", "-l", point], check=False, capture_output=True)
    if not mounts_below(folder):
        shutil.rmtree(folder, ignore_errors=True)
    for name in os.listdir("/dev/shm"):
        if name == os.path.basename(folder):
            shutil.rmtree("/dev/shm/" + name, ignore_errors=True)


def start(folder):
    """A guard of this run; it is over when the pipe that is returned is closed, also by the kernel."""
    environment = {name: value for name, value in os.environ.items() if name != MARK}
    return subprocess.Popen([sys.executable, os.path.abspath(__file__), folder], stdin=subprocess.PIPE, start_new_session=True,
                            env=environment)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    said = sys.stdin.buffer.read()
    if said != b"clean":
        clean(sys.argv[1])
