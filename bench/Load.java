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
 * Load create|stat|rename|unlink DIR COUNT THREADS      files d&lt;thread&gt;/f&lt;number&gt;, COUNT over all threads
 * Load statloop DIR COUNT THREADS SECONDS                the same files again and again
 * Load read DIR COUNT THREADS                            open, read to the end, close, shuffled; files s&lt;number&gt;
 * Load seq FILE CHUNK_BYTES ROUNDS                       the whole file in order
 * Load rand FILE CHUNK_BYTES THREADS SECONDS             at random offsets
 * </pre>
 */
public final class Load {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final int AT_FDCWD = -100;
    private static final int O_RDONLY = 0;
    private static final int O_CREATE = 01 | 0100 | 0200; // O_WRONLY | O_CREAT | O_EXCL
    private static final int STATX_BASIC = 0x7ff;
    private static final int STATX_BYTES = 256;

    private static final MethodHandle OPEN = link(
            "openat",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(3));
    private static final MethodHandle CLOSE =
            link("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle PREAD = link(
            "pread",
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
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
        int threads = args[0].equals("seq") ? 1 : Integer.parseInt(args[3]);
        int each = args[0].equals("seq") || args[0].equals("rand") ? 0 : Integer.parseInt(args[2]) / threads;
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
            case "read" -> (t, arena) -> readFiles(arena, path, t, threads, Integer.parseInt(args[2]));
            case "seq" -> (t, arena) -> sequential(arena, path, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
            case "rand" -> (t, arena) -> random(arena, path, t, Integer.parseInt(args[2]), Double.parseDouble(args[4]));
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

    private static long readFiles(Arena arena, String path, int thread, int threads, int count) throws Throwable {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        SplittableRandom random = new SplittableRandom(42);
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
        int chunk = 1 << 20;
        MemorySegment to = arena.allocate(chunk, 4096);
        await();
        for (MemorySegment name : names) {
            int fd = check((int) OPEN.invokeExact(AT_FDCWD, name, O_RDONLY, 0), "open");
            long offset = 0;
            long got;
            do {
                got = (long) PREAD.invokeExact(fd, to, (long) chunk, offset);
                if (got < 0) {
                    throw new IllegalStateException("read failed");
                }
                offset += got;
            } while (got > 0);
            check((int) CLOSE.invokeExact(fd), "close");
        }
        return names.size();
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

    private static long random(Arena arena, String path, int thread, int chunk, double seconds) throws Throwable {
        MemorySegment to = arena.allocate(chunk, 4096);
        long pieces = new java.io.File(path).length() / chunk;
        int fd = check((int) OPEN.invokeExact(AT_FDCWD, arena.allocateFrom(path), O_RDONLY, 0), "open");
        SplittableRandom random = new SplittableRandom(thread);
        await();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        long done = 0;
        while (System.nanoTime() < end) {
            for (int i = 0; i < 64; i++) {
                long got = (long) PREAD.invokeExact(fd, to, (long) chunk, random.nextLong(pieces) * chunk);
                if (got != chunk) {
                    throw new IllegalStateException("read failed");
                }
            }
            done += 64;
        }
        check((int) CLOSE.invokeExact(fd), "close");
        return done;
    }
}
