package dev.leat.cli.bench;

import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Entry;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.sys.Errno;
import dev.leat.sys.Open;
import dev.leat.vfs.Vfs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Measures names and attributes without the kernel: each thread makes a tree of its own, then all files are created,
 * looked up, listed, renamed and removed, one phase after the other.
 */
public final class MetadataBench {
    private static final long ROOT_INO = 1;

    private final MetaFs meta;
    private final Vfs vfs;
    private final Shape shape;

    /**
     * What is made.
     *
     * @param threads callers, each with a tree of its own
     * @param dirs subdirectories of each directory
     * @param depth levels of subdirectories below a thread's top
     * @param files files in each directory
     * @param writeBytes size of each file
     */
    public record Shape(int threads, int dirs, int depth, int files, int writeBytes) {}

    /** A directory of the benchmark. */
    private record Directory(long parent, Name name, long ino, int level) {}

    public MetadataBench(MetaFs meta, Vfs vfs, Shape shape) {
        this.meta = meta;
        this.vfs = vfs;
        this.shape = shape;
    }

    /** Runs all phases under {@code path}, which is made, and removes what was made. */
    public List<Phase> run(String path) throws IOException, InterruptedException {
        long top = folder(path);
        Name name = Name.of("mdtest-" + Long.toHexString(System.nanoTime()));
        long root =
                meta.create(top, name, NewNode.directory(0755, 0), Caller.ROOT).ino();
        List<Phase> phases = new ArrayList<>();
        List<List<Directory>> trees = new ArrayList<>();
        phases.add(timed(
                "mkdir",
                0,
                () -> makeTrees(root, trees),
                _ -> trees.stream().mapToLong(List::size).sum()));
        phases.add(perTree("create", trees, this::create, shape.files, (long) shape.files * shape.writeBytes));
        phases.add(perTree("stat", trees, this::stat, shape.files, 0));
        phases.add(perTree("readdir", trees, this::list, 1, 0));
        phases.add(perTree("rename", trees, this::rename, shape.files, 0));
        phases.add(perTree("unlink", trees, this::unlink, shape.files, 0));
        phases.add(perTree("rmdir", reversed(trees), d -> meta.rmdir(d.parent, d.name, Caller.ROOT), 1, 0));
        meta.rmdir(top, name, Caller.ROOT);
        return phases;
    }

    private static List<List<Directory>> reversed(List<List<Directory>> trees) {
        return trees.stream().map(List::reversed).toList();
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static Phase timed(String name, long bytes, Work work, ToLongFunction<String> count)
            throws IOException, InterruptedException {
        long started = System.nanoTime();
        work.run();
        long nanos = System.nanoTime() - started;
        return new Phase(name, count.applyAsLong(name), bytes, nanos);
    }

    private interface PerDirectory {
        void run(Directory directory) throws IOException;
    }

    private Phase perTree(String name, List<List<Directory>> trees, PerDirectory task, long each, long eachBytes)
            throws IOException, InterruptedException {
        long directories = trees.stream().mapToLong(List::size).sum();
        Work work = () -> Workers.each(trees, shape.threads, tree -> {
            for (Directory directory : tree) {
                task.run(directory);
            }
        });
        return timed(name, directories * eachBytes, work, _ -> directories * each);
    }

    private long folder(String path) throws FsException {
        long at = ROOT_INO;
        for (String part : path.split("/")) {
            if (part.isEmpty()) {
                continue;
            }
            at = child(at, Name.of(part));
        }
        return at;
    }

    private long child(long parent, Name name) throws FsException {
        try {
            return vfs.lookup(parent, name).ino();
        } catch (FsException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            return meta.create(parent, name, NewNode.directory(0755, 0), Caller.ROOT)
                    .ino();
        }
    }

    private void makeTrees(long root, List<List<Directory>> trees) throws IOException, InterruptedException {
        List<Integer> threads = new ArrayList<>();
        for (int i = 0; i < shape.threads; i++) {
            threads.add(i);
        }
        List<List<Directory>> made = Collections.synchronizedList(new ArrayList<>());
        Workers.each(threads, shape.threads, i -> {
            List<Directory> tree = new ArrayList<>();
            tree.add(directory(root, "thread-" + i, 0));
            for (int at = 0; at < tree.size(); at++) {
                Directory parent = tree.get(at);
                for (int d = 0; d < shape.dirs && parent.level < shape.depth; d++) {
                    tree.add(directory(parent.ino, "dir-" + d, parent.level + 1));
                }
            }
            made.add(tree);
        });
        trees.addAll(made);
    }

    private Directory directory(long parent, String text, int level) throws FsException {
        Name name = Name.of(text);
        Entry made = meta.create(parent, name, NewNode.directory(0755, 0), Caller.ROOT);
        return new Directory(parent, name, made.ino(), level);
    }

    private static Name file(int number) throws FsException {
        return Name.of("file-" + number);
    }

    private static Name renamed(int number) throws FsException {
        return Name.of("renamed-" + number);
    }

    private void create(Directory directory) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(Math.max(1, shape.writeBytes));
            for (int i = 0; i < shape.files; i++) {
                Vfs.Created made = vfs.create(
                        directory.ino, file(i), NewNode.file(0644, 0), Open.WRONLY | Open.CREAT, Caller.ROOT);
                long handle = made.opened().handle();
                if (shape.writeBytes > 0) {
                    vfs.write(handle, 0, bytes.asSlice(0, shape.writeBytes), false);
                }
                vfs.flush(handle);
                vfs.release(handle);
            }
        }
    }

    private void stat(Directory directory) throws IOException {
        for (int i = 0; i < shape.files; i++) {
            vfs.lookup(directory.ino, file(i));
        }
    }

    private void list(Directory directory) throws IOException {
        long handle = vfs.openDirectory(directory.ino);
        long rows = 0;
        while (vfs.row(handle, rows) != null) {
            rows++;
        }
        vfs.releaseDirectory(handle);
        if (rows < shape.files) {
            throw new IOException("a directory lists " + rows + " of " + shape.files + " files");
        }
    }

    private void rename(Directory directory) throws IOException {
        for (int i = 0; i < shape.files; i++) {
            meta.rename(directory.ino, file(i), directory.ino, renamed(i), 0, Caller.ROOT);
        }
    }

    private void unlink(Directory directory) throws IOException {
        for (int i = 0; i < shape.files; i++) {
            meta.unlink(directory.ino, renamed(i), Caller.ROOT);
        }
    }
}
