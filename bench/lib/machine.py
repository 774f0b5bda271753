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


def versions(leat, java, minio, juicefs, root):
    return {
        "leat": text([leat, "version"]),
        "commit": text(["git", "-C", root, "rev-parse", "--short=12", "HEAD"]),
        "java": text([java, "--version"]),
        "redis": text(["redis-server", "--version"]),
        "minio": text([minio, "--version"]) if minio else None,
        "juicefs": text([juicefs, "version"]) if juicefs else None,
    }
