package dev.leat.cli.quickstart;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.cli.Version;
import dev.leat.cli.bench.Workers;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Progress;
import dev.leat.cli.volume.VolumeFormat;
import dev.leat.fuse.mount.MountInfo;
import dev.leat.store.blob.Compression;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Makes the volume, writes the data set, reads it cold and warm beside the local disk, and leaves it mounted. */
public final class Quickstart {
    private static final long SEED = 20_250_916;

    /** Orders of the epochs; any two numbers would do, as long as they differ. */
    private static final long COLD_ORDER = 1;

    private static final long WARM_ORDER = 2;

    /** Bytes of a shard written by one call. */
    private static final int PIECE_BYTES = 1 << 20;

    /** More threads than cores: a writer mostly waits for its file to be published. */
    private static final int WRITERS = 16;

    private final Playground ground;
    private final TrainingSet set;
    private final List<TrainingSet.Item> items;
    private final Epoch epoch;
    private final Launcher launcher = Launcher.find();

    /**
     * Prepares.
     *
     * @param top the directory for everything
     * @param images number of images
     * @param shards number of shards
     * @param threads readers
     */
    public Quickstart(Path top, int images, int shards, int threads) {
        this.ground = new Playground(top.toAbsolutePath().normalize());
        this.set = new TrainingSet(images, shards, SEED);
        this.items = set.items();
        this.epoch = new Epoch(threads);
    }

    /** Does all of it. */
    public QuickstartReport run() throws IOException, InterruptedException {
        checkHost();
        ground.claim();
        if (mounted()) {
            say("unmounting what an earlier run left at " + ground.mountPoint());
            umount();
        }
        long writeNanos = 0;
        if (ground.holds(set)) {
            say("using the volume and the data set that are in " + ground.top() + " already");
        } else {
            writeNanos = makeVolume();
        }
        say("emptying the caches, for a cold start");
        ground.emptyCache();
        forgetPages(ground.local());
        forgetPages(ground.store());
        mount();
        List<TrainingSet.Item> images =
                items.stream().filter(TrainingSet.Item::image).toList();
        List<TrainingSet.Item> shards =
                items.stream().filter(item -> !item.image()).toList();
        QuickstartReport.Pair cold = new QuickstartReport.Pair(
                epochs("cold", ground.mountPoint(), images, shards, COLD_ORDER),
                epochs("cold", ground.local(), images, shards, COLD_ORDER));
        QuickstartReport.Pair warm = new QuickstartReport.Pair(
                epochs("warm", ground.mountPoint(), images, shards, WARM_ORDER),
                epochs("warm", ground.local(), images, shards, WARM_ORDER));
        return new QuickstartReport(
                ground.mountPoint(),
                ground.volumeUrl(),
                ground.cache(),
                launcher.program(),
                totalBytes(),
                writeNanos,
                cold,
                warm);
    }

    private static void say(String text) {
        System.err.println(text);
    }

    private static void checkHost() {
        if (!Files.exists(Path.of("/dev/fuse"))) {
            throw CliException.failed("there is no /dev/fuse: load the kernel module (modprobe fuse), "
                    + "or start the container with --device /dev/fuse --cap-add SYS_ADMIN");
        }
    }

    private boolean mounted() throws IOException {
        return MountInfo.at(ground.mountPoint()).isPresent();
    }

    private long totalBytes() {
        return items.stream().mapToLong(TrainingSet.Item::sizeBytes).sum();
    }

    private long makeVolume() throws IOException, InterruptedException {
        ground.clear();
        // Beside Leat, in the store, and in the cache.
        long needed = 3 * totalBytes();
        long usable = Files.getFileStore(ground.top()).getUsableSpace();
        if (usable < needed) {
            throw CliException.failed(ground.top() + " has " + ByteSize.format(usable) + " free and quickstart needs "
                    + ByteSize.format(needed) + "; name a directory on a larger disk");
        }
        ground.note(set, false);
        VolumeFormat.make(
                ground.volumeUrl(),
                "file://" + ground.store(),
                "quickstart",
                VolumeFormat.TRASH_DAYS_DEFAULT,
                new StoreFlags(),
                null,
                null,
                Compression.NONE,
                false,
                Version.text());
        say("made a volume: metadata in " + ground.metadata() + ", data in " + ground.store());
        mount();
        write("writing to the local disk,", ground.local());
        long started = System.nanoTime();
        write("writing to Leat,", ground.mountPoint());
        long nanos = System.nanoTime() - started;
        say("wrote %,d files, %s, through the mount in %.1f s"
                .formatted(items.size(), ByteSize.format(totalBytes()), nanos / (double) TimeUnit.SECONDS.toNanos(1)));
        umount();
        ground.note(set, true);
        return nanos;
    }

    private void write(String what, Path top) throws IOException, InterruptedException {
        for (TrainingSet.Item item : items) {
            Files.createDirectories(top.resolve(item.path()).getParent());
        }
        try (Progress progress = Progress.of(what, items.size(), totalBytes())) {
            Workers.each(items, WRITERS, item -> writeOne(top, item, progress));
        }
    }

    private static void writeOne(Path top, TrainingSet.Item item, Progress progress) throws IOException {
        try (OutputStream out = new FileOutputStream(top.resolve(item.path()).toFile())) {
            for (long at = 0; at < item.sizeBytes(); at += PIECE_BYTES) {
                int length = (int) Math.min(PIECE_BYTES, item.sizeBytes() - at);
                out.write(item.bytes(at, length));
                progress.add(0, length);
            }
        }
        progress.add(1, 0);
    }

    private QuickstartReport.Rates epochs(
            String what, Path top, List<TrainingSet.Item> images, List<TrainingSet.Item> shards, long order)
            throws IOException, InterruptedException {
        String where = top.equals(ground.local()) ? "the local disk" : "Leat";
        try (Progress progress = Progress.of(what + " epoch from " + where + ",", items.size(), totalBytes())) {
            Epoch.Rate small = epoch.read(top, images, order, progress);
            return new QuickstartReport.Rates(small, epoch.read(top, shards, order, progress));
        }
    }

    private void mount() throws IOException, InterruptedException {
        Files.createDirectories(ground.mountPoint());
        launcher.run(
                "mount",
                ground.volumeUrl(),
                ground.mountPoint().toString(),
                "--cache-dir",
                ground.cache().toString(),
                "--cache-size",
                "4GiB");
        if (!mounted()) {
            throw CliException.failed("'leat mount' succeeded but nothing is mounted at " + ground.mountPoint());
        }
    }

    private void umount() throws IOException, InterruptedException {
        launcher.run("umount", ground.mountPoint().toString());
    }

    /** Has the kernel forget the pages of a tree's files, as any user may. */
    private static void forgetPages(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                try (FileHandle handle = FileHandle.open(file, Open.RDONLY, 0)) {
                    handle.forgetPages();
                }
            }
        }
    }
}
