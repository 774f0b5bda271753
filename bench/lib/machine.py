"""What the figures were made on."""
import os
import platform
import re
import subprocess


def text(command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        return done.stdout.decode(errors="replace").strip().splitlines()[0]
    except (OSError, IndexError, subprocess.SubprocessError):
        return None


def field(path, pattern):
    with open(path) as f:
        found = re.search(pattern, f.read(), re.M)
    return found.group(1).strip() if found else None


def facts(folder):
    return {
        "cpu": field("/proc/cpuinfo", r"^model name\s*:\s*(.*)$") or platform.machine(),
        "cores": os.cpu_count(),
        "memoryBytes": int(field("/proc/meminfo", r"^MemTotal:\s*(\d+)")) * 1024,
        "kernel": platform.release(),
        "fileSystem": text(["findmnt", "-n", "-o", "FSTYPE", "-T", folder]),
        "loadAverage": os.getloadavg()[0],
    }


def started(pid):
    """When a process began, in ticks since boot: with its id, which one it is. None if it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[19]
    except OSError:
        return None


def versions(leat, java, find, root):
    def of(name, *words):
        program = find(name)
        return text([program, *words]) if program else None
    return {
        "leat": text([leat, "version"]),
        "commit": text(["git", "-C", root, "rev-parse", "--short=12", "HEAD"]),
        "java": text([java, "--version"]),
        "redis": of("redis-server", "--version"),
        "minio": of("minio", "--version"),
        "juicefs": of("juicefs", "version"),
        "s3fs": of("s3fs", "--version"),
        "rclone": of("rclone", "version"),
        "mount-s3": of("mount-s3", "--version"),
    }
