package dev.leat.cli.training;

import dev.leat.cli.Main;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.files.Trees;
import dev.leat.cli.option.LogOptions;
import dev.leat.fuse.wire.Fuse;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.MountCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;

/**
 * Does what most commands do, once: what a JVM loads and links meanwhile is what its ahead-of-time cache holds. Needs no
 * rights, no {@code /dev/fuse} and no network but this machine's own: the mounts are used through a socket.
 */
public final class Training {
    private static final byte[] DATA = new byte[100_000];

    /** What takes a JVM's first compiler to its work: some hundred requests. */
    private static final int SMALL_COUNT = 300;

    private static final int LARGE_BYTES = 64 << 20;

    private final Path scratch;
    private final String volume;
    private int mounts;
    private final AtomicInteger used = new AtomicInteger();

    private Training(Path scratch) {
        this.scratch = scratch;
        this.volume = "sqlite://" + scratch.resolve("v.db");
    }

    /**
     * Does all of it, in a folder that is gone afterwards.
     *
     * @param brief only what commands do that ask a mount or a volume
     * @return 1 if a mount could not be used, else 0
     */
    public static int run(boolean brief) throws IOException {
        Path scratch = Files.createTempDirectory("leat-train-");
        try {
            Training training = new Training(scratch);
            training.commands();
            if (!brief) {
                training.mounts();
            }
            return training.used.get() == training.mounts ? 0 : 1;
        } finally {
            Trees.remove(scratch);
        }
    }

    private void commands() throws IOException {
        Main.run("format", volume, "--store", "file://" + scratch.resolve("store"));
        Main.run("status", "--json", volume);
        Main.run("umount", scratch.toString());
        new ControlServer(scratch.resolve("socket"), (_, _, _) -> Map.of(), "umount").close();
    }

    private void mounts() throws IOException {
        new LogOptions().toFile(scratch.resolve("log"));
        String few = "--threads 2 --dirs 1 --depth 1 --files 20 --write 8KiB";
        Main.run(("mdtest " + volume + " " + few).split(" "));
        mount(volume, Training::change);
        // Another session, which has seen nothing yet.
        mount(volume, Training::look);
        bucket();
        // Parses all options of a mount, and fails where the kernel would come in.
        Main.run("mount", volume, scratch.resolve("missing").toString(), "--cache-dir", scratch + "/cache", "-f");
        failToMount(scratch.resolve("missing"));
    }

    /** The system call itself: whoever runs this, nothing can be mounted where there is nothing. */
    private static void failToMount(Path missing) {
        try {
            MountCalls.mount("leat", missing, "fuse.leat", 0, "fd=-1");
        } catch (ErrnoException e) {
            LoggerFactory.getLogger(Training.class).debug("as it should be: {}", e.getMessage());
        }
    }

    /** What is done with a mount. */
    @FunctionalInterface
    private interface Use {
        void of(KernelStandIn kernel) throws IOException;
    }

    /** A bucket in place, of which so much is read that the JVM notes how: a first epoch begins at once. */
    private void bucket() throws IOException {
        // The first place of the SDK's chain: whoever runs this, its keys are not looked at.
        System.setProperty("aws.accessKeyId", "train");
        System.setProperty("aws.secretAccessKey", "train");
        System.setProperty("aws.region", "us-east-1");
        try (StoreStandIn store = new StoreStandIn()) {
            store.put("large", LARGE_BYTES);
            for (int i = 0; i < SMALL_COUNT; i++) {
                store.put("small/s" + i, DATA.length);
            }
            mount("s3://" + StoreStandIn.BUCKET, Training::epoch, "--endpoint", store.endpoint());
        }
    }

    private void mount(String source, Use use, String... options) throws IOException {
        KernelStandIn kernel = new KernelStandIn();
        Thread.ofPlatform().daemon().name("kernel").start(() -> {
            try (kernel) {
                kernel.init();
                use.of(kernel);
                used.incrementAndGet();
            } catch (IOException e) {
                System.err.println("leat: a mount was not used to the end: " + e.getMessage());
            }
        });
        // Returns when the other side has closed its end, or at once if it fails; then nobody will answer that side.
        List<String> words =
                new ArrayList<>(List.of("mount", source, kernel.mountPoint().toString()));
        words.addAll(List.of("--cache-dir", scratch + "/cache", "-f"));
        words.addAll(List.of(options));
        Main.run(words.toArray(String[]::new));
        mounts++;
    }

    private static void change(KernelStandIn kernel) throws IOException {
        kernel.getattr(Fuse.ROOT_ID);
        kernel.statfs();
        kernel.lookupMissing(Fuse.ROOT_ID, "folder");
        long folder = kernel.mkdir(Fuse.ROOT_ID, "folder");
        long file = kernel.write(Fuse.ROOT_ID, "file", DATA);
        kernel.getattr(file);
        kernel.read(file, DATA.length);
        kernel.write(folder, "other", DATA);
        kernel.list(Fuse.ROOT_ID);
        kernel.rename(folder, "other", Fuse.ROOT_ID, "moved");
        kernel.unlink(Fuse.ROOT_ID, "moved");
    }

    private static void epoch(KernelStandIn kernel) throws IOException {
        kernel.list(Fuse.ROOT_ID);
        kernel.read(kernel.lookup(Fuse.ROOT_ID, "large"), LARGE_BYTES);
        long folder = kernel.lookup(Fuse.ROOT_ID, "small");
        for (int i = 0; i < SMALL_COUNT; i++) {
            kernel.read(kernel.lookup(folder, "s" + i), DATA.length);
        }
    }

    private static void look(KernelStandIn kernel) throws IOException {
        long file = kernel.lookup(Fuse.ROOT_ID, "file");
        kernel.read(file, DATA.length);
        kernel.list(kernel.lookup(Fuse.ROOT_ID, "folder"));
    }
}
