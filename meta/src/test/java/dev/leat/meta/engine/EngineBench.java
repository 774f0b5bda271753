package dev.leat.meta.engine;

import static dev.leat.meta.engine.ContractVolume.put;

import dev.leat.meta.MetaEngines;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Measures an engine with the metadata of file creation: each thread reads the parent and the name, then commits two checks and three
 * writes (entry, back pointer, the parent's cell) through its own slot. Not a test: run its {@code main} with a URL, the number
 * of threads, seconds, and {@code durable} for forced commits.
 */
final class EngineBench {
    private static final int ENTRY_BYTES = 120;

    private EngineBench() {}

    /** Prints commits and reads per second, once a second. */
    public static void main(String[] arguments) throws Exception {
        MetaUrl url = MetaUrl.parse(arguments[0]);
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 8;
        int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 10;
        boolean durable = arguments.length > 3 && arguments[3].equals("durable");
        boolean virtual = arguments.length > 3 && arguments[3].equals("virtual");
        try (MetaEngine engine = MetaEngines.open(url, OpenMode.CREATE)) {
            LongAdder created = new LongAdder();
            AtomicLong end = new AtomicLong(Long.MAX_VALUE);
            List<Thread> running = new java.util.ArrayList<>();
            for (int i = 0; i < threads; i++) {
                TestSession session = new TestSession(engine);
                Runnable work = () -> create(engine, session, durable, created, end);
                running.add(
                        virtual
                                ? Thread.ofVirtual().start(work)
                                : Thread.ofPlatform().start(work));
            }
            long last = 0;
            Duration cpu = cpu();
            for (int second = 0; second < seconds; second++) {
                Thread.currentThread().join(1_000);
                long now = created.sum();
                Duration cpuNow = cpu();
                System.out.println(url + " " + threads + " threads: " + (now - last) + " creates/s, "
                        + cpuNow.minus(cpu).toNanos() / 1_000 / Math.max(1, now - last) + " us of CPU each");
                last = now;
                cpu = cpuNow;
            }
            end.set(0);
            for (Thread thread : running) {
                thread.join();
            }
            engine.destroy();
        }
    }

    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private static void create(
            MetaEngine engine, TestSession session, boolean durable, LongAdder created, AtomicLong end) {
        String partition = "D" + session.id();
        Bytes directory = Bytes.of(partition);
        Key self = new Key(directory, Bytes.of("."));
        Key cell = new Key(directory, Bytes.of("#1"));
        byte[] entry = new byte[ENTRY_BYTES];
        Cell one = new Cell(new long[] {1, 0}, new long[] {1, 1});
        try {
            session.write(put(self, "a directory's static part, as long as they are"));
            for (long n = 0; end.get() > 0; n++) {
                Key name = new Key(directory, Bytes.of("efile." + n));
                Key inode = new Key(
                        Bytes.wrap(ByteBuffer.allocate(9)
                                .put((byte) 'I')
                                .putLong(session.id() + n)
                                .array()),
                        Bytes.of("r"));
                Value parent = engine.get(List.of(self, name), List.of()).get(self);
                if (parent == null) {
                    throw new AssertionError("the parent is gone");
                }
                Commit next = session.next(
                        List.of(new Check.At(self, parent.stamp()), new Check.Absent(name)),
                        List.of(
                                new Write.Put(name, entry),
                                put(inode, partition),
                                new Write.Merge(cell, one, new long[0])));
                Commit commit = new Commit(next.slot(), next.stamp(), next.checks(), next.writes(), durable);
                if (!(session.send(commit) instanceof CommitResult.Applied)) {
                    throw new AssertionError("not applied");
                }
                created.increment();
            }
        } catch (MetaException e) {
            throw new AssertionError(e);
        }
    }
}
