import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;

/**
 * Calls the kernel as fast as it answers: what a program in C would do, from the Java that Leat needs anyway. Prints one line,
 * operations (or bytes) and seconds.
 *
 * <pre>
 * Load create|stat|rename|unlink DIR COUNT THREADS         files d&lt;thread&gt;/f&lt;number&gt;, COUNT over all threads
 * Load statloop DIR COUNT THREADS SECONDS                   the same files again and again
 * Load read DIR COUNT THREADS [SEED]                        open, read to the end, close, shuffled; files s&lt;number&gt;
 * Load readloop DIR COUNT THREADS SECONDS                   the same files again and again
 * Load readdir DIR COUNT THREADS SECONDS                    entries of DIR, which has COUNT, again and again
 * Load seq FILE CHUNK_BYTES ROUNDS                          the whole file in order
 * Load seqloop FILE CHUNK_BYTES THREADS SECONDS             the whole file in order, each thread by itself, again and again
 * Load rand FILE CHUNK_BYTES THREADS SECONDS [direct|mmap]  at random offsets; by reads, O_DIRECT reads, or a mapping
 * Load put DIR COUNT THREADS BYTES POOL                     creates, writes and closes files s&lt;number&gt;, from the file POOL
 * Load write FILE BYTES CHUNK_BYTES POOL                    writes one file and syncs it
 * </pre>
 *
 * <p>What runs for SECONDS does so for a second before the clock starts: a JVM compiles what it runs often.
 */
public final class Load {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final int AT_FDCWD = -100;
    private static final int O_RDONLY = 0;
    private static final int O_DIRECT = 040000;
    private static final int O_DIRECTORY = 0200000;
    private static final int O_CREATE = 01 | 0100 | 0200; // O_WRONLY | O_CREAT | O_EXCL
    private static final int STATX_BASIC = 0x7ff;
    private static final int STATX_BYTES = 256;
    private static final int RECORD_LENGTH_AT = 16; // of struct linux_dirent64
    private static final int DIRECTORY_BYTES = 64 << 10;
    private static final int READ_BYTES = 1 << 20;
    private static final int ALIGNMENT = 4096;
    private static final double WARM_UP_SECONDS = 1;
    private static final int POOL_STEP = 7919; // as bench/lib/data.py takes contents out of the pool
    private static final int POOL_OFFSETS = 4 << 20;

    private static final MethodHandle OPEN = link(
            "openat",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(3));
    private static final MethodHandle CLOSE =
            link("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle PREAD = link(
            "pread",
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle WRITE = link(
            "write", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    private static final MethodHandle FSYNC = link("fsync", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle LSEEK = link(
            "lseek", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
    private static final MethodHandle GETDENTS = link(
            "getdents64", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    private static final MethodHandle STATX = link(
            "statx",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    private static final MethodHandle RENAME =
            link("rename", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    private static final MethodHandle UNLINK = link("unlink", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

    private Load() {}

    private static MethodHandle link(String name, FunctionDescriptor shape, Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), shape, options);
    }

    private interface Work {
        long run(int thread, Arena arena) throws Throwable;
    }

    public static void main(String[] args) throws Exception {
        String path = args[1];
        boolean alone = args[0].equals("seq") || args[0].equals("write");
        int threads = alone ? 1 : Integer.parseInt(args[3]);
        int each = alone ? 0 : Integer.parseInt(args[2]) / threads;
        run(threads, switch (args[0]) {
            case "create" -> (t, arena) -> each(arena, path, t, each, name -> {
                int fd = check((int) OPEN.invokeExact(AT_FDCWD, name, O_CREATE, 0644), "create");
                check((int) CLOSE.invokeExact(fd), "close");
            });
            case "stat" -> (t, arena) -> {
                MemorySegment out = arena.allocate(STATX_BYTES, 8);
                return each(arena, path, t, each, name ->
                        check((int) STATX.invokeExact(AT_FDCWD, name, 0, STATX_BASIC, out), "statx"));
            };
            case "statloop" -> (t, arena) -> statLoop(arena, path, t, each, Double.parseDouble(args[4]));
            case "rename" -> (t, arena) -> {
                MemorySegment[] to = names(arena, path + "/d%02d/g%06d", t, each);
                MemorySegment[] from = names(arena, path + "/d%02d/f%06d", t, each);
                await();
                for (int i = 0; i < each; i++) {
                    check((int) RENAME.invokeExact(from[i], to[i]), "rename");
                }
                return each;
            };
            case "unlink" -> (t, arena) -> {
                MemorySegment[] names = names(arena, path + "/d%02d/g%06d", t, each);
                await();
                for (MemorySegment name : names) {
                    check((int) UNLINK.invokeExact(name), "unlink");
                }
                return each;
            };
            case "read" -> (t, arena) -> {
                MemorySegment[] names = shuffled(arena, path, t, threads, Integer.parseInt(args[2]), args.length > 4 ? Long.parseLong(args[4]) : 42);
                MemorySegment to = arena.allocate(READ_BYTES, ALIGNMENT);
                await();
                return readFiles(names, to, Long.MAX_VALUE);
            };
            case "readloop" -> (t, arena) -> {
                MemorySegment[] names = shuffled(arena, path, t, threads, Integer.parseInt(args[2]), 42);
                MemorySegment to = arena.allocate(READ_BYTES, ALIGNMENT);
                return forSeconds(Double.parseDouble(args[4]), end -> readFiles(names, to, end));
            };
            case "readdir" -> (t, arena) -> readDirectory(arena, path, Integer.parseInt(args[2]), Double.parseDouble(args[4]));
            case "seqloop" -> (t, arena) -> {
                MemorySegment to = arena.allocate(Integer.parseInt(args[2]), ALIGNMENT);
                int fd = check((int) OPEN.invokeExact(AT_FDCWD, arena.allocateFrom(path), O_RDONLY, 0), "open");
                return forSeconds(Double.parseDouble(args[4]), end -> whole(fd, to, end));
            };
            case "put" -> (t, arena) -> put(arena, path, t, threads, each, Integer.parseInt(args[4]), args[5]);
            case "write" -> (t, arena) -> write(arena, path, Long.parseLong(args[2]), Integer.parseInt(args[3]), args[4]);
            case "seq" -> (t, arena) -> sequential(arena, path, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
            case "rand" -> (t, arena) ->
                random(arena, path, t, Integer.parseInt(args[2]), Double.parseDouble(args[4]), args.length > 5 ? args[5] : "");
            default -> throw new IllegalArgumentException("no load '" + args[0] + "'");
        });
    }

    private static CyclicBarrier barrier = new CyclicBarrier(1);
    private static volatile long began;

    private static void await() throws Exception {
        barrier.await();
    }

    private static void run(int threads, Work work) throws Exception {
        barrier = new CyclicBarrier(threads, () -> began = System.nanoTime());
        long[] done = new long[threads];
        Throwable[] failed = new Throwable[threads];
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int thread = i;
            all.add(Thread.ofPlatform().start(() -> {
                try (Arena arena = Arena.ofConfined()) {
                    done[thread] = work.run(thread, arena);
                } catch (Throwable e) {
                    failed[thread] = e;
                    barrier.reset();
                }
            }));
        }
        for (Thread thread : all) {
            thread.join();
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        long sum = 0;
        for (int i = 0; i < threads; i++) {
            if (failed[i] != null) {
                System.err.println("thread " + i + ": " + failed[i]);
                System.exit(1);
            }
            sum += done[i];
        }
        System.out.println(sum + " " + seconds);
    }

    private static int check(int result, String call) {
        if (result < 0) {
            throw new IllegalStateException(call + " failed");
        }
        return result;
    }

    private interface Call {
        void on(MemorySegment name) throws Throwable;
    }

    private static MemorySegment[] names(Arena arena, String pattern, int thread, int count) {
        MemorySegment[] names = new MemorySegment[count];
        for (int i = 0; i < count; i++) {
            names[i] = arena.allocateFrom(pattern.formatted(thread, i));
        }
        return names;
    }

    private static long each(Arena arena, String path, int thread, int count, Call call) throws Throwable {
        MemorySegment[] names = names(arena, path + "/d%02d/f%06d", thread, count);
        await();
        for (MemorySegment name : names) {
            call.on(name);
        }
        return count;
    }

    private static long statLoop(Arena arena, String path, int thread, int count, double seconds) throws Throwable {
        MemorySegment[] names = names(arena, path + "/d%02d/f%06d", thread, count);
        MemorySegment out = arena.allocate(STATX_BYTES, 8);
        await();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        long done = 0;
        while (System.nanoTime() < end) {
            for (MemorySegment name : names) {
                check((int) STATX.invokeExact(AT_FDCWD, name, 0, STATX_BASIC, out), "statx");
            }
            done += count;
        }
        return done;
    }

    private interface Pass {
        /** Works through everything once, or until the clock shows END; returns how much it did. */
        long until(long end) throws Throwable;
    }

    private static long forSeconds(double seconds, Pass pass) throws Throwable {
        repeat(WARM_UP_SECONDS, pass);
        await();
        return repeat(seconds, pass);
    }

    private static long repeat(double seconds, Pass pass) throws Throwable {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        long done = 0;
        while (System.nanoTime() < end) {
            done += pass.until(end);
        }
        return done;
    }

    private static MemorySegment[] shuffled(Arena arena, String path, int thread, int threads, int count, long seed) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int other = order[i];
            order[i] = order[j];
            order[j] = other;
        }
        List<MemorySegment> names = new ArrayList<>();
        for (int i = thread; i < count; i += threads) {
            names.add(arena.allocateFrom(path + "/s%06d".formatted(order[i])));
        }
        return names.toArray(MemorySegment[]::new);
    }

    private static long readFiles(MemorySegment[] names, MemorySegment to, long end) throws Throwable {
        long done = 0;
        for (MemorySegment name : names) {
            int fd = check((int) OPEN.invokeExact(AT_FDCWD, name, O_RDONLY, 0), "open");
            whole(fd, to, Long.MAX_VALUE);
            check((int) CLOSE.invokeExact(fd), "close");
            done++;
            if (end != Long.MAX_VALUE && System.nanoTime() >= end) {
                break;
            }
        }
        return done;
    }

    /** Reads on to the end of the file; returns bytes. */
    private static long whole(int fd, MemorySegment to, long end) throws Throwable {
        long offset = 0;
        long got;
        do {
            got = (long) PREAD.invokeExact(fd, to, to.byteSize(), offset);
            if (got < 0) {
                throw new IllegalStateException("read failed");
            }
            offset += got;
        } while (got > 0 && (end == Long.MAX_VALUE || System.nanoTime() < end));
        return offset;
    }

    private static long readDirectory(Arena arena, String path, int count, double seconds) throws Throwable {
        MemorySegment name = arena.allocateFrom(path);
        MemorySegment to = arena.allocate(DIRECTORY_BYTES, ALIGNMENT);
        return forSeconds(seconds, end -> {
            int fd = check((int) OPEN.invokeExact(AT_FDCWD, name, O_RDONLY | O_DIRECTORY, 0), "open");
            long entries = -2; // . and ..
            long got;
            do {
                got = (long) GETDENTS.invokeExact(fd, to, to.byteSize());
                for (long at = 0; at < got; at += to.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + RECORD_LENGTH_AT)) {
                    entries++;
                }
            } while (got > 0);
            check((int) CLOSE.invokeExact(fd), "close");
            if (got < 0 || entries != count) {
                throw new IllegalStateException("readdir gave " + entries + " of " + count + " entries");
            }
            return entries;
        });
    }

    private static MemorySegment pool(Arena arena, String path) throws Exception {
        try (var file = java.nio.channels.FileChannel.open(java.nio.file.Path.of(path))) {
            MemorySegment mapped = file.map(java.nio.channels.FileChannel.MapMode.READ_ONLY, 0, file.size(), arena);
            return arena.allocate(file.size(), ALIGNMENT).copyFrom(mapped);
        }
    }

    private static void writeAll(int fd, MemorySegment bytes) throws Throwable {
        long at = 0;
        while (at < bytes.byteSize()) {
            long put = (long) WRITE.invokeExact(fd, bytes.asSlice(at), bytes.byteSize() - at);
            if (put <= 0) {
                throw new IllegalStateException("write failed");
            }
            at += put;
        }
    }

    private static long put(Arena arena, String path, int thread, int threads, int each, int size, String from) throws Throwable {
        MemorySegment pool = pool(arena, from);
        MemorySegment[] names = new MemorySegment[each];
        for (int i = 0; i < each; i++) {
            names[i] = arena.allocateFrom(path + "/s%06d".formatted(thread + i * threads));
        }
        await();
        for (int i = 0; i < each; i++) {
            long number = thread + (long) i * threads;
            int fd = check((int) OPEN.invokeExact(AT_FDCWD, names[i], O_CREATE, 0644), "create");
            writeAll(fd, pool.asSlice(number * POOL_STEP % POOL_OFFSETS, size));
            check((int) CLOSE.invokeExact(fd), "close");
        }
        return each;
    }

    private static long write(Arena arena, String path, long size, int chunk, String from) throws Throwable {
        MemorySegment pool = pool(arena, from);
        MemorySegment name = arena.allocateFrom(path);
        await();
        int fd = check((int) OPEN.invokeExact(AT_FDCWD, name, O_CREATE, 0644), "create");
        for (long at = 0; at < size; at += chunk) {
            long piece = at / POOL_OFFSETS;
            writeAll(fd, pool.asSlice(piece * POOL_STEP % POOL_OFFSETS + at % POOL_OFFSETS, Math.min(chunk, size - at)));
        }
        check((int) FSYNC.invokeExact(fd), "fsync");
        check((int) CLOSE.invokeExact(fd), "close");
        return size;
    }

    private static long sequential(Arena arena, String path, int chunk, int rounds) throws Throwable {
        MemorySegment to = arena.allocate(chunk, 4096);
        int fd = check((int) OPEN.invokeExact(AT_FDCWD, arena.allocateFrom(path), O_RDONLY, 0), "open");
        await();
        long bytes = 0;
        for (int round = 0; round < rounds; round++) {
            long offset = 0;
            long got;
            do {
                got = (long) PREAD.invokeExact(fd, to, (long) chunk, offset);
                if (got < 0) {
                    throw new IllegalStateException("read failed");
                }
                offset += got;
            } while (got > 0);
            bytes += offset;
        }
        check((int) CLOSE.invokeExact(fd), "close");
        return bytes;
    }

    private static long random(Arena arena, String path, int thread, int chunk, double seconds, String how) throws Throwable {
        MemorySegment to = arena.allocate(chunk, ALIGNMENT);
        int flags = how.equals("direct") ? O_RDONLY | O_DIRECT : O_RDONLY;
        int fd = check((int) OPEN.invokeExact(AT_FDCWD, arena.allocateFrom(path), flags, 0), "open");
        long pieces = (long) LSEEK.invokeExact(fd, 0L, 2) / chunk;
        SplittableRandom random = new SplittableRandom(thread);
        MemorySegment mapped = how.equals("mmap") ? map(arena, path) : null;
        long done = forSeconds(seconds, end -> {
            for (int i = 0; i < 64; i++) {
                long at = random.nextLong(pieces) * chunk;
                if (mapped != null) {
                    MemorySegment.copy(mapped, at, to, 0, chunk);
                    continue;
                }
                long got = (long) PREAD.invokeExact(fd, to, (long) chunk, at);
                if (got != chunk) {
                    throw new IllegalStateException("read failed");
                }
            }
            return 64;
        });
        check((int) CLOSE.invokeExact(fd), "close");
        return done;
    }

    private static MemorySegment map(Arena arena, String path) throws Exception {
        try (var file = java.nio.channels.FileChannel.open(java.nio.file.Path.of(path))) {
            return file.map(java.nio.channels.FileChannel.MapMode.READ_ONLY, 0, file.size(), arena);
        }
    }
}
