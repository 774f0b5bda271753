package dev.leat.meta.fs;

import static dev.leat.meta.fs.FsVolume.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.ContractVolume;
import dev.leat.meta.engine.FaultyEngine;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.sys.Errno;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever several clients do at once, also on a bad network: soon after, what each of them remembers is what the engine holds. */
@Timeout(300)
class RememberedCoherenceTest {
    private static final int NAMES = 8;

    /** That one thread works in; more would only make the comparisons long. */
    private static final int DIRECTORIES = 4;

    private final MemoryVolume volume = new MemoryVolume();
    private final List<FaultyEngine> networks = new ArrayList<>();
    private final List<VolumeFs> clients = new ArrayList<>();
    private VolumeFs truth;

    @BeforeEach
    void format() throws Exception {
        MemoryEngine direct = new MemoryEngine(volume);
        Volumes.format(direct, VolumeRecord.create("test", "file:///nowhere", Map.of(), 0, 1, "test"));
        truth = VolumeFs.mount(direct, MountSpec.of("truth"));
    }

    @AfterEach
    void unmount() {
        clients.forEach(VolumeFs::close);
        truth.close();
    }

    private void connect(int count, long seed, FaultyEngine.Faults faults, Duration deadline) throws Exception {
        for (int i = 0; i < count; i++) {
            FaultyEngine network = new FaultyEngine(new MemoryEngine(volume), seed + i, faults);
            networks.add(network);
            clients.add(RandomContract.mountPatiently(
                    network,
                    MountSpec.of("client " + i).withRequestDeadline(deadline).remembering()));
        }
    }

    @Test
    void onAGoodNetwork() throws Exception {
        long seed = ContractVolume.seed("RememberedCoherence.good");
        connect(3, seed, FaultyEngine.Faults.NONE, Duration.ofSeconds(10));
        for (int round = 0; round < 4; round++) {
            change(seed + round, 150);
            settle();
        }
    }

    @Test
    void onABadNetwork() throws Exception {
        long seed = ContractVolume.seed("RememberedCoherence.bad");
        connect(3, seed, FaultyEngine.Faults.SOME, Duration.ofSeconds(10));
        for (int round = 0; round < 4; round++) {
            change(seed + round, 100);
            settle();
        }
    }

    @Test
    void whereCommitsAreLeftInDoubt() throws Exception {
        long seed = ContractVolume.seed("RememberedCoherence.doubt");
        FaultyEngine.Faults faults = new FaultyEngine.Faults(0.1, 0.4, 0.1, 0.1, Duration.ofMillis(3));
        connect(3, seed, faults, Duration.ofMillis(8));
        Random random = new Random(seed);
        AtomicInteger failed = new AtomicInteger();
        for (int round = 0; round < 4; round++) {
            FaultyEngine network = networks.get(random.nextInt(networks.size()));
            network.cutFeed(round % 3 == 1);
            failed.addAndGet(change(seed + round, 40));
            network.cutFeed(false);
            settle();
        }
        assertThat(failed).hasPositiveValue();
    }

    /** Does random things from two threads of each client; returns how many calls failed with an I/O error. */
    private int change(long seed, int each) throws Exception {
        AtomicInteger failed = new AtomicInteger();
        FsThreads.run(2 * clients.size(), thread -> {
            VolumeFs fs = clients.get(thread % clients.size());
            Random random = new Random(seed * 31 + thread);
            List<Long> directories = new ArrayList<>(List.of(MetaFs.ROOT));
            for (int i = 0; i < each; i++) {
                try {
                    step(fs, random, directories);
                } catch (FsException e) {
                    if (e.errno() == Errno.EIO) {
                        failed.incrementAndGet();
                    }
                }
            }
        });
        return failed.get();
    }

    private static void step(VolumeFs fs, Random random, List<Long> directories) throws FsException {
        long parent = directories.get(random.nextInt(directories.size()));
        Name name = name("n" + random.nextInt(NAMES));
        switch (random.nextInt(12)) {
            case 0 -> {
                Entry made = fs.create(parent, name, NewNode.directory(0755, 0), Caller.ROOT);
                enter(directories, random, made.ino());
            }
            case 1, 2, 3, 4 -> fs.create(parent, name, NewNode.file(0644, 0), Caller.ROOT);
            case 5 -> fs.unlink(parent, name, Caller.ROOT);
            case 6 -> fs.rmdir(parent, name, Caller.ROOT);
            case 7 -> {
                long target = directories.get(random.nextInt(directories.size()));
                fs.rename(parent, name, target, name("n" + random.nextInt(NAMES)), random.nextInt(5) / 3, Caller.ROOT);
            }
            case 8 -> {
                Entry entry = fs.lookup(parent, name);
                if (entry.attr().type() == FileType.DIRECTORY) {
                    enter(directories, random, entry.ino());
                }
                fs.setattr(entry.ino(), FsVolume.mode(random.nextInt(01000)), Caller.ROOT);
            }
            case 9 -> {
                long ino = fs.lookup(parent, name).ino();
                fs.setxattr(ino, Bytes.of("user.x"), Bytes.of("v" + random.nextInt(9)), 0, Caller.ROOT);
            }
            case 10 -> fs.readdir(parent, null, 1 + random.nextInt(20), random.nextBoolean());
            default -> {
                long ino = fs.lookup(parent, name).ino();
                fs.getattr(ino);
                fs.link(ino, directories.get(random.nextInt(directories.size())), name("n7"), Caller.ROOT);
            }
        }
    }

    private static void enter(List<Long> directories, Random random, long directory) {
        if (directories.size() < DIRECTORIES) {
            directories.add(directory);
        } else {
            directories.set(1 + random.nextInt(DIRECTORIES - 1), directory);
        }
    }

    /** Waits until all clients agree with the engine; then asks once more, which hardly needs it. */
    private void settle() throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        for (int i = 0; i < clients.size(); i++) {
            VolumeFs fs = clients.get(i);
            while (true) {
                List<String> expected = picture(truth);
                List<String> found = fs.feedFresh() ? picture(fs) : List.of("the feed is not fresh");
                if (found.equals(expected)) {
                    break;
                }
                if (System.nanoTime() > end) {
                    assertThat(found).as("what client %d remembers", i).isEqualTo(expected);
                }
                Thread.sleep(5);
            }
        }
        LongAdder asked = new LongAdder();
        LongAdder told = new LongAdder();
        for (int i = 0; i < clients.size(); i++) {
            long before = networks.get(i).requests();
            told.add(picture(clients.get(i)).size());
            asked.add(networks.get(i).requests() - before);
        }
        // Three calls for each name that is there.
        assertThat(asked.sum()).isLessThan(3 * told.sum());
        System.out.printf("RememberedCoherence: %d facts took %d requests%n", told.sum(), asked.sum());
    }

    /** Every name that there could be in every directory, and what the attributes of its inode are. */
    private List<String> picture(VolumeFs fs) throws Exception {
        List<String> facts = new ArrayList<>();
        List<Long> directories = new ArrayList<>(List.of(MetaFs.ROOT));
        for (int at = 0; at < directories.size(); at++) {
            long directory = directories.get(at);
            for (int i = 0; i < NAMES; i++) {
                Name name = name("n" + i);
                String fact = directory + "/" + name + " ";
                try {
                    Entry entry = patiently(() -> fs.lookup(directory, name));
                    if (entry.attr().type() == FileType.DIRECTORY) {
                        directories.add(entry.ino());
                    }
                    long ino = entry.ino();
                    facts.add(fact + entry + patiently(() -> fs.getattr(ino)) + patiently(() -> fs.listxattr(ino)));
                } catch (FsException e) {
                    facts.add(fact + e.errno());
                }
            }
        }
        return facts;
    }

    private interface Call<T> {
        T make() throws FsException;
    }

    /** A call that may meet the network at its worst. */
    private static <T> T patiently(Call<T> call) throws FsException {
        for (int i = 0; ; i++) {
            try {
                return call.make();
            } catch (FsException e) {
                if (e.errno() != Errno.EIO || i == 50) {
                    throw e;
                }
            }
        }
    }
}
