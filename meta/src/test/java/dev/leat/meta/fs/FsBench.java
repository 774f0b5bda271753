package dev.leat.meta.fs;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.record.VolumeRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Measures the file system on an engine, without a kernel: files made, looked up, listed and removed by several threads, each in a directory of
 * its own. Not a test: run its {@code main} with the URL of a volume that does not exist yet, the number of threads and the files of
 * each.
 */
final class FsBench {
    private FsBench() {}

    /** Prints operations per second. */
    public static void main(String[] arguments) throws Exception {
        MetaUrl url = MetaUrl.parse(arguments[0]);
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 8;
        int files = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5_000;
        try (MetaEngine engine = MetaEngines.open(url, OpenMode.CREATE)) {
            Volumes.format(engine, VolumeRecord.create("bench", "file:///nowhere", Map.of(), 0, 1, "bench"));
            try (VolumeFs fs = VolumeFs.mount(engine, MountSpec.of("bench"))) {
                List<Long> directories = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    directories.add(fs.create(MetaFs.ROOT, Name.of("d" + i), NewNode.directory(0755, 0), Caller.ROOT)
                            .ino());
                }
                measure(
                        "create",
                        threads,
                        files,
                        (thread, file) -> fs.create(
                                directories.get(thread), Name.of("f" + file), NewNode.file(0644, 0), Caller.ROOT));
                measure(
                        "lookup",
                        threads,
                        files,
                        (thread, file) -> fs.lookup(directories.get(thread), Name.of("f" + file)));
                measure(
                        "readdir with attributes",
                        threads,
                        1,
                        (thread, file) -> FsVolume.list(fs, directories.get(thread), 1_000, true));
                measure(
                        "rename",
                        threads,
                        files,
                        (thread, file) -> fs.rename(
                                directories.get(thread),
                                Name.of("f" + file),
                                directories.get(thread),
                                Name.of("g" + file),
                                0,
                                Caller.ROOT));
                measure(
                        "unlink",
                        threads,
                        files,
                        (thread, file) -> fs.unlink(directories.get(thread), Name.of("g" + file), Caller.ROOT));
            }
            engine.destroy();
        }
    }

    private static void measure(String what, int threads, int files, Operation operation) throws Exception {
        LongAdder done = new LongAdder();
        long start = System.nanoTime();
        FsThreads.run(threads, thread -> {
            for (int file = 0; file < files; file++) {
                operation.run(thread, file);
                done.increment();
            }
        });
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("%-24s %8.0f /s%n", what, done.sum() / seconds);
    }

    /** One operation of one thread on one file. */
    private interface Operation {
        void run(int thread, int file) throws Exception;
    }
}
