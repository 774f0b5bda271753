"""Random file operations through two mounts of a volume, held against a model in memory.

Operations go in batches through one mount. After a batch everything is compared through that mount at once, and through
the other within SETTLE seconds: that is what close-to-open and the feed of changes promise between clients. Names that
should not exist are looked up as well. Files that are open on one mount are written only there.
"""
import argparse
import collections
import ctypes
import errno
import mmap
import os
import random
import shutil
import stat
import subprocess
import sys
import time

SETTLE = 30.0
NAMES = ["a", "b", "c", "d", "e", "long-" + "n" * 120, "ü", "x.tar", "f", "g"]
XATTRS = ["user.one", "user.two"]
FILE_MAX = 6 << 20
RENAME_NOREPLACE, RENAME_EXCHANGE = 1, 2
FALLOC_KEEP_SIZE, FALLOC_PUNCH_HOLE, FALLOC_ZERO_RANGE = 1, 2, 16
libc = ctypes.CDLL(None, use_errno=True)


class Node:
    """A file, folder or symbolic link of the model."""

    def __init__(self, kind):
        self.kind = kind
        self.data = bytearray()
        self.entries = {}
        self.target = ""
        self.xattrs = {}
        self.mode = None
        self.mtime = None
        self.links = 1
        self.open_on = None


class Failure(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failure(what)


def sys_renameat2(old, new, flags):
    if libc.renameat2(-100, os.fsencode(old), -100, os.fsencode(new), flags) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def sys_fallocate(fd, mode, offset, length):
    if libc.fallocate(fd, mode, ctypes.c_long(offset), ctypes.c_long(length)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


class Run:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.mounts = options.mounts
        self.at = 0
        self.root = Node("dir")
        self.history = collections.deque(maxlen=40)
        self.handles = []
        self.counts = collections.Counter()
        self.settled = 0.0

    # The tree.

    def folders(self):
        found, todo = [], [((), self.root)]
        while todo:
            path, node = todo.pop()
            found.append((path, node))
            for name in sorted(node.entries):
                child = node.entries[name]
                if child.kind == "dir":
                    todo.append((path + (name,), child))
        return found

    def place(self):
        """A folder and a name in it, which may or may not exist."""
        path, folder = self.random.choice(self.folders())
        return path, folder, self.random.choice(NAMES)

    def existing(self, *kinds):
        found = [(path, folder, name) for path, folder in self.folders() for name in sorted(folder.entries)
                 if folder.entries[name].kind in kinds]
        return self.random.choice(found) if found else None

    def writable_file(self):
        """A file that no other mount has open."""
        found = [(path, folder, name) for path, folder in self.folders() for name in sorted(folder.entries)
                 if folder.entries[name].kind == "file" and folder.entries[name].open_on in (None, self.at)]
        return self.random.choice(found) if found else None

    def real(self, path, name=None, mount=None):
        parts = (self.mounts[self.at if mount is None else mount],) + path + (() if name is None else (name,))
        return "/".join(parts)

    def bytes(self, length):
        # Neighbouring pieces differ, and so do two writes of the same place.
        return (self.random.randbytes(64) * (length // 64 + 1))[:length]

    def length(self):
        return self.random.choice([0, 1, 100, 4095, 4096, 4097, 20000, 65536, 131072 + 7, 300000,
                                   self.random.randrange(1 << 20), self.random.randrange(1 << 22)])

    def call(self, expected, function, *arguments, **named):
        """Calls and compares the error with the expected one, 0 for none. Tells whether it succeeded."""
        try:
            function(*arguments, **named)
            code = 0
        except OSError as e:
            code = e.errno
        allowed = expected if isinstance(expected, tuple) else (expected,)
        check(code in allowed, f"{function.__name__}{arguments}: {errno.errorcode.get(code, code)}, "
                               f"expected {[errno.errorcode.get(c, c) for c in allowed]}")
        return code == 0

    # Operations. Each does the same to the mount and to the model.

    def op_create(self):
        path, folder, name = self.place()
        node = folder.entries.get(name)
        data = self.bytes(self.length())
        if node is not None and (node.kind != "file" or node.open_on not in (None, self.at)):
            return None
        fd = os.open(self.real(path, name), os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o644)
        step = self.random.choice([len(data) or 1, 1 << 17, 4096 if len(data) < 300000 else 1 << 16])
        for at in range(0, len(data), step):
            os.write(fd, data[at:at + step])
        os.close(fd)
        if node is None:
            node = folder.entries[name] = Node("file")
        node.data = bytearray(data)
        node.mtime = None
        return path, name, len(data)

    def op_exclusive(self):
        path, folder, name = self.place()
        made = []
        expected = errno.EEXIST if name in folder.entries else 0
        if self.call(expected, lambda p: made.append(os.open(p, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)),
                     self.real(path, name)):
            os.close(made[0])
            folder.entries[name] = Node("file")
        return path, name, expected

    def write_at(self, node, fd):
        how = self.random.randrange(7)
        size = len(node.data)
        offset = self.random.choice([0, size, self.random.randrange(size + 1), size + self.random.randrange(1 << 20)])
        data = self.bytes(self.length())
        if offset + len(data) > FILE_MAX:
            offset, data = 0, data[:1000]
        node.mtime = None
        if how <= 3:
            os.pwrite(fd, data, offset)
            if data:
                node.data.extend(bytes(max(0, offset - size)))
                node.data[offset:offset + len(data)] = data
            done = "pwrite", offset, len(data)
        elif how == 4:
            to = self.random.choice([0, size // 2, size, size + 5000, self.random.randrange(1 << 21)])
            os.ftruncate(fd, to)
            del node.data[to:]
            node.data.extend(bytes(to - len(node.data)))
            done = "ftruncate", to
        elif how == 5:
            end = min(size, offset + max(1, len(data)))
            mode = self.random.choice([FALLOC_PUNCH_HOLE, FALLOC_ZERO_RANGE]) | FALLOC_KEEP_SIZE
            if offset >= end:
                return "nothing"
            sys_fallocate(fd, mode, offset, end - offset)
            node.data[offset:end] = bytes(end - offset)
            done = "fallocate", mode, offset, end
        else:
            if size == 0:
                return "nothing"
            with mmap.mmap(fd, size) as mapped:
                end = min(size, offset + len(data))
                if offset < end:
                    mapped[offset:end] = data[:end - offset]
                    node.data[offset:end] = data[:end - offset]
                if self.random.random() < 0.5:
                    mapped.flush()
            done = "mmap", offset, len(data)
        if self.random.random() < 0.2:
            os.fsync(fd)
            done += ("fsync",)
        return done

    def op_write(self):
        found = self.writable_file()
        if not found:
            return None
        path, folder, name = found
        node = folder.entries[name]
        fd = os.open(self.real(path, name), os.O_RDWR)
        done = [self.write_at(node, fd) for _ in range(self.random.randrange(1, 4))]
        if self.random.random() < 0.3:
            self.compare_file(node, fd, self.real(path, name))
        os.close(fd)
        return path, name, done

    def op_append(self):
        found = self.writable_file()
        if not found:
            return None
        path, folder, name = found
        node = folder.entries[name]
        if len(node.data) > FILE_MAX:
            return None
        lengths = []
        fd = os.open(self.real(path, name), os.O_WRONLY | os.O_APPEND)
        for _ in range(self.random.randrange(1, 6)):
            data = self.bytes(self.random.choice([1, 50, 4096, 70000]))
            os.write(fd, data)
            node.data.extend(data)
            lengths.append(len(data))
        os.close(fd)
        node.mtime = None
        return path, name, lengths

    def op_truncate(self):
        found = self.writable_file()
        if not found:
            return None
        path, folder, name = found
        node = folder.entries[name]
        to = self.random.choice([0, 1, len(node.data) // 2, len(node.data) + 10000, 4096])
        os.truncate(self.real(path, name), to)
        del node.data[to:]
        node.data.extend(bytes(to - len(node.data)))
        node.mtime = None
        return path, name, to

    def op_copy(self):
        source, target = self.existing("file"), self.writable_file()
        if not source or not target:
            return None
        one, two = source[1].entries[source[2]], target[1].entries[target[2]]
        if one is two or one.open_on not in (None, self.at):
            return None
        begin = self.random.randrange(len(one.data) + 1)
        to = self.random.randrange(len(two.data) + 1)
        count = min(len(one.data) - begin, 1 << 21)
        if count == 0 or to + count > FILE_MAX:
            return None
        fd1, fd2 = os.open(self.real(source[0], source[2]), os.O_RDONLY), os.open(self.real(target[0], target[2]), os.O_RDWR)
        left, done = count, 0
        while left:
            moved = os.copy_file_range(fd1, fd2, left, begin + done, to + done)
            check(moved > 0, "copy_file_range gave 0 before the end")
            left, done = left - moved, done + moved
        os.close(fd1)
        os.close(fd2)
        two.data[to:to + count] = one.data[begin:begin + count]
        two.mtime = None
        return source[0], source[2], begin, target[0], target[2], to, count

    def op_mkdir(self):
        path, folder, name = self.place()
        if len(path) > 4:
            return None
        expected = errno.EEXIST if name in folder.entries else 0
        if self.call(expected, os.mkdir, self.real(path, name)):
            folder.entries[name] = Node("dir")
        return path, name, expected

    def op_rmdir(self):
        found = self.existing("dir", "file")
        if not found:
            return None
        path, folder, name = found
        node = folder.entries[name]
        expected = errno.ENOTDIR if node.kind != "dir" else errno.ENOTEMPTY if node.entries else 0
        if self.call(expected, os.rmdir, self.real(path, name)):
            del folder.entries[name]
        return path, name, expected

    def op_unlink(self):
        path, folder, name = self.place()
        node = folder.entries.get(name)
        expected = errno.ENOENT if node is None else errno.EISDIR if node.kind == "dir" else 0
        if self.call(expected, os.unlink, self.real(path, name)):
            del folder.entries[name]
            node.links -= 1
        return path, name, expected

    def op_symlink(self):
        path, folder, name = self.place()
        target = self.random.choice(["a", "../b", "no/such/place", "x" * 900])
        expected = errno.EEXIST if name in folder.entries else 0
        if self.call(expected, os.symlink, target, self.real(path, name)):
            folder.entries[name] = Node("link")
            folder.entries[name].target = target
        return path, name, expected

    def op_link(self):
        found = self.existing("file")
        if not found:
            return None
        path, folder, name = self.place()
        node = found[1].entries[found[2]]
        expected = errno.EEXIST if name in folder.entries else 0
        if self.call(expected, os.link, self.real(found[0], found[2]), self.real(path, name)):
            folder.entries[name] = node
            node.links += 1
        return found[0], found[2], path, name, expected

    def op_rename(self):
        found = self.existing("file", "dir", "link")
        if not found:
            return None
        path, folder, name = found
        to_path, to_folder, to_name = self.place()
        node, victim = folder.entries[name], to_folder.entries.get(to_name)
        flags = self.random.choice([0, 0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE])
        source, target = path + (name,), to_path + (to_name,)
        if node.kind == "dir" and target[:len(source)] == source and target != source:
            expected = (errno.EINVAL,) + ((errno.EEXIST,) if victim is not None and flags == RENAME_NOREPLACE else ()) \
                + ((errno.ENOENT,) if victim is None and flags == RENAME_EXCHANGE else ())
        elif victim is not None and victim.kind == "dir" and source[:len(target)] == target and source != target:
            expected = (errno.ENOTEMPTY, errno.EINVAL) if flags == RENAME_EXCHANGE else \
                (errno.EEXIST,) if flags == RENAME_NOREPLACE else (errno.ENOTEMPTY, errno.EISDIR)
        elif flags == RENAME_EXCHANGE:
            expected = errno.ENOENT if victim is None else 0
        elif victim is None:
            expected = 0
        elif flags == RENAME_NOREPLACE:
            expected = errno.EEXIST
        elif victim is node:
            expected = 0
        elif victim.kind == "dir":
            expected = errno.EISDIR if node.kind != "dir" else errno.ENOTEMPTY if victim.entries else 0
        else:
            expected = errno.ENOTDIR if node.kind == "dir" else 0
        if self.call(expected, sys_renameat2, self.real(path, name), self.real(to_path, to_name), flags):
            if victim is node:
                pass  # Two names of one file: nothing happens, as rename(2) says.
            elif flags == RENAME_EXCHANGE:
                folder.entries[name], to_folder.entries[to_name] = victim, node
            else:
                if victim is not None:
                    victim.links -= 1
                del folder.entries[name]
                to_folder.entries[to_name] = node
        return source, target, flags, expected

    def op_attributes(self):
        found = self.existing("file", "dir")
        if not found:
            return None
        path, folder, name = found
        node = folder.entries[name]
        real = self.real(path, name)
        what = self.random.randrange(4)
        if what == 0:
            node.mode = self.random.choice([0o600, 0o644, 0o755, 0o777, 0o700])
            os.chmod(real, node.mode)
            return path, name, "chmod", oct(node.mode)
        if what == 1 and node.kind == "file" and node.open_on in (None, self.at):
            node.mtime = self.random.randrange(10**18, 2 * 10**18)
            os.utime(real, ns=(node.mtime, node.mtime))
            return path, name, "utime", node.mtime
        key = self.random.choice(XATTRS)
        if what == 2:
            node.xattrs[key] = self.bytes(self.random.choice([0, 1, 30, 900, 3000]))
            os.setxattr(real, key, node.xattrs[key])
            return path, name, "setxattr", key, len(node.xattrs[key])
        expected = 0 if key in node.xattrs else errno.ENODATA
        if self.call(expected, os.removexattr, real, key):
            del node.xattrs[key]
        return path, name, "removexattr", key, expected

    def op_open(self):
        """Opens a file and keeps it; sometimes it loses its name at once."""
        found = self.writable_file()
        if not found or len(self.handles) >= 6:
            return None
        path, folder, name = found
        node = folder.entries[name]
        if node.open_on is not None:
            return None
        fd = os.open(self.real(path, name), os.O_RDWR)
        node.open_on = self.at
        self.handles.append((node, fd, self.at))
        if self.random.random() < 0.4:
            os.unlink(self.real(path, name))
            del folder.entries[name]
            node.links -= 1
            return path, name, "and unlinked"
        return path, name

    def op_use(self):
        mine = [handle for handle in self.handles if handle[2] == self.at]
        if not mine:
            return None
        handle = self.random.choice(mine)
        node, fd, _ = handle
        done = self.write_at(node, fd)
        self.compare_file(node, fd, "an open file")
        if self.random.random() < 0.3:
            self.close(handle)
            done = done, "closed"
        return done

    def close(self, handle):
        os.close(handle[1])
        handle[0].open_on = None
        self.handles.remove(handle)

    # Comparison.

    def compare_file(self, node, fd, what):
        size = os.fstat(fd).st_size
        check(size == len(node.data), f"{what}: {size} bytes, expected {len(node.data)}")
        at = 0
        while at < size:
            piece = os.pread(fd, 1 << 20, at)
            check(piece, f"{what}: a read at {at} of {size} gave nothing")
            expected = node.data[at:at + len(piece)]
            if piece != expected:
                wrong = next(i for i in range(len(piece)) if piece[i] != expected[i])
                raise Failure(f"{what}: byte {at + wrong} of {size} is {piece[wrong]}, expected {expected[wrong]}")
            at += len(piece)

    def compare(self, mount):
        """Everything, through one mount."""
        for path, folder in self.folders():
            real = self.real(path, mount=mount)
            listed = sorted(os.listdir(real))
            check(listed == sorted(folder.entries), f"{real} lists {listed}, expected {sorted(folder.entries)}")
            for name in NAMES:
                self.compare_entry(mount, path, name, folder.entries.get(name))

    def compare_entry(self, mount, path, name, node):
        real = self.real(path, name, mount)
        try:
            status = os.lstat(real)
        except FileNotFoundError:
            check(node is None, f"{real} is missing")
            return
        check(node is not None, f"{real} is there, but should not be")
        kind = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link"}[stat.S_IFMT(status.st_mode)]
        check(kind == node.kind, f"{real} is a {kind}, expected a {node.kind}")
        if kind == "link":
            check(os.readlink(real) == node.target, f"{real} has another target")
            return
        if node.mode is not None:
            check(stat.S_IMODE(status.st_mode) == node.mode, f"{real}: mode {oct(status.st_mode)}, expected {oct(node.mode)}")
        xattrs = {key: os.getxattr(real, key) for key in os.listxattr(real)}
        check(xattrs == node.xattrs, f"{real}: attributes {xattrs.keys()}, expected {node.xattrs.keys()}, or their values differ")
        if kind == "dir":
            return
        check(status.st_nlink == node.links, f"{real}: {status.st_nlink} links, expected {node.links}")
        if node.mtime is not None:
            check(status.st_mtime_ns == node.mtime, f"{real}: mtime {status.st_mtime_ns}, expected {node.mtime}")
        fd = os.open(real, os.O_RDONLY)
        try:
            self.compare_file(node, fd, real)
        finally:
            os.close(fd)

    def settle(self, mount):
        """The other mount has to show the same within SETTLE seconds."""
        began = time.time()
        while True:
            try:
                self.compare(mount)
                break
            except (Failure, OSError) as e:
                if time.time() > began + SETTLE:
                    raise Failure(f"through the other mount, {SETTLE} s later: {e}") from e
                time.sleep(0.02)
        self.settled = max(self.settled, time.time() - began)

    def remount(self):
        mount = self.random.randrange(2)
        for handle in [h for h in self.handles if h[2] == mount]:
            self.close(handle)
        where = self.mounts[mount]
        self.history.append((mount, "remount"))
        self.run_leat("umount", where)
        if self.random.random() < 0.5:
            shutil.rmtree(where + ".cache", ignore_errors=True)
        self.run_leat("mount", self.options.url, where, "--cache-dir", where + ".cache", "--cache-size", "4GiB",
                      "--close", self.options.close)

    def run_leat(self, *arguments):
        done = subprocess.run([self.options.leat, *arguments], capture_output=True, text=True, timeout=300)
        check(done.returncode == 0, f"leat {' '.join(arguments)}: {done.stderr.strip()}")

    def batch(self):
        operations = [self.op_create] * 3 + [self.op_write] * 4 + [self.op_rename] * 3 + [self.op_unlink] * 2 + [
            self.op_append, self.op_truncate, self.op_copy, self.op_mkdir, self.op_mkdir, self.op_rmdir,
            self.op_exclusive, self.op_symlink, self.op_link, self.op_attributes, self.op_attributes, self.op_open,
            self.op_use]
        for _ in range(self.random.randrange(5, 40)):
            operation = self.random.choice(operations)
            self.history.append((self.at, operation.__name__, "(under way)"))
            result = operation()
            self.history.pop()
            if result is not None:
                self.history.append((self.at, operation.__name__, result))
                self.counts[operation.__name__] += 1
        for node, fd, mount in self.handles:
            if mount == self.at:
                os.fsync(fd)
            self.compare_file(node, fd, "an open file")

    def run(self):
        end = time.time() + self.options.seconds
        batches = 0
        try:
            while time.time() < end:
                self.batch()
                self.compare(self.at)
                self.settle(1 - self.at)
                batches += 1
                if batches % 12 == 0:
                    self.remount()
                    self.compare(0)
                    self.settle(1)
                self.at = self.random.randrange(2)
        except (Failure, OSError) as e:
            print(f"the last operations (mount, what, how):")
            for entry in self.history:
                print("  ", *[str(part)[:240] for part in entry])
            sys.exit(f"FAILED after {batches} batches, seed {self.options.seed}: {e}")
        finally:
            for handle in list(self.handles):
                self.close(handle)
        check(batches > 0, "no batch was run")
        print(f"{sum(self.counts.values())} operations in {batches} batches, settled within {self.settled:.2f} s")


parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--seconds", type=float, default=40)
parser.add_argument("--leat", required=True)
parser.add_argument("--url", required=True)
parser.add_argument("--close", default="flush")
parser.add_argument("mounts", nargs=2)
Run(parser.parse_args()).run()
