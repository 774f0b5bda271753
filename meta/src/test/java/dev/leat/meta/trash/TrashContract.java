package dev.leat.meta.trash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.FaultyEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.Publication;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.record.Keys;
import dev.leat.meta.usage.Quotas;
import dev.leat.meta.usage.Used;
import dev.leat.sys.Errno;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** How what was removed comes back, when it goes, and what it takes, on every engine. */
abstract class TrashContract extends TrashKeepContract {
    // How it comes back.

    @Test
    void aTreeComesBackAsItWas() throws Exception {
        long d = directory(a, ROOT, "d");
        long e = directory(a, d, "e");
        long f = file(a, e, "f", "content");
        unlink(a, e, "f");
        clock.pass(Duration.ofHours(1));
        rmdir(a, d, "e");
        clock.pass(Duration.ofHours(1));
        rmdir(b, ROOT, "d");
        assertThat(a.trash().buckets()).hasSize(3);
        Said dry = restore(a, false);
        assertThat(dry.restored).containsExactly("/d", "/d/e", "/d/e/f");
        assertThat(names(a, ROOT)).isEmpty();
        // Only the first hour's: what it was in comes with it.
        Said said = new Said();
        a.restore(true, said).run(List.of(a.trash().buckets().getFirst()));
        assertThat(said.restored).containsExactly("/d", "/d/e", "/d/e/f");
        assertPath(b, "d/e/f", f);
        assertThat(content(b, f)).isEqualTo("content");
        for (VolumeFs fs : List.of(a, b)) {
            assertThat(fs.getattr(d).nlink()).isEqualTo(3);
            assertThat(fs.lookup(d, name("e")).attr().nlink()).isEqualTo(2);
            assertThat(fs.getattr(f).nlink()).isEqualTo(1);
        }
        file(b, e, "more");
        assertThat(restore(a, true).restored).isEmpty();
    }

    @Test
    void whatIsInTheWayStays() throws Exception {
        long d = directory(a, ROOT, "d");
        long f = file(a, d, "f", "old");
        long in = file(a, ROOT, "g");
        unlink(a, d, "f");
        file(a, d, "f", "new");
        unlink(a, ROOT, "g");
        long lost = directory(a, ROOT, "lost");
        file(a, lost, "x");
        unlink(a, lost, "x");
        rmdir(a, ROOT, "lost");
        directory(a, ROOT, "lost");
        for (boolean putBack : List.of(false, true)) {
            Said said = restore(b, putBack);
            assertThat(said.restored).containsExactly("/g");
            assertThat(said.kept.keySet()).containsExactly("/d/f", "/lost", "/lost/x");
            assertThat(said.kept.get("/d/f")).isEqualTo("there is something of that name");
            assertThat(said.kept.get("/lost/x")).contains("its directory /lost cannot be put back");
        }
        assertPath(a, "g", in);
        unlink(a, d, "f");
        clock.pass(Duration.ofMinutes(1));
        Said said = restore(b, true);
        assertThat(said.restored).hasSize(1);
        assertThat(said.kept).containsKey("/d/f");
        assertThat(content(b, b.lookup(d, name("f")).ino())).isIn("old", "new");
        assertThat(f).isPositive();
    }

    @Test
    void theOneRemovedLastComesBack() throws Exception {
        long last = 0;
        for (int i = 0; i < 4; i++) {
            last = file(a, ROOT, "f");
            clock.pass(Duration.ofSeconds(1));
            unlink(a, ROOT, "f");
        }
        assertThat(restore(b, true).kept).hasSize(1);
        assertPath(a, "f", last);
        assertThat(trashed(a)).hasSize(3);
    }

    @Test
    void whatCameFromADirectoryThatIsGoneForGoodStays() throws Exception {
        long d = directory(a, ROOT, "d");
        file(a, d, "f");
        unlink(a, d, "f");
        setTrashDays(0);
        while (a.trashDays() != 0) {
            Thread.onSpinWait();
        }
        rmdir(a, ROOT, "d");
        Said said = restore(b, true);
        assertThat(said.restored).isEmpty();
        assertThat(said.kept).containsExactly(Map.entry("?/f", "the directory it was in does not exist any more"));
    }

    @Test
    void aLongNameComesBackWhole() throws Exception {
        String longest = "n".repeat(Name.BYTES_MAX);
        String other = "n".repeat(Name.BYTES_MAX - 1) + "m";
        long f = file(a, ROOT, longest);
        long d = directory(a, ROOT, other);
        unlink(a, ROOT, longest);
        rmdir(a, ROOT, other);
        assertThat(trashed(b)).hasSize(2).allSatisfy(name -> assertThat(name).hasSize(Name.BYTES_MAX));
        assertThat(restore(b, true).restored).containsExactlyInAnyOrder("/" + longest, "/" + other);
        assertPath(a, longest, f);
        assertPath(a, other, d);
        assertThat(engine.get(List.of(Keys.trashedName(f), Keys.trashedName(d)), List.of()))
                .isEmpty();
        unlink(a, ROOT, longest);
        rmdir(a, ROOT, other);
        a.trash().empty(null, () -> false, n -> {});
        assertThat(engine.get(List.of(Keys.trashedName(f), Keys.trashedName(d)), List.of()))
                .isEmpty();
    }

    @Test
    void twoRestoreAtOnce() throws Exception {
        long d = directory(a, ROOT, "d");
        for (int i = 0; i < 30; i++) {
            file(a, d, "f" + i);
            unlink(a, d, "f" + i);
        }
        rmdir(a, ROOT, "d");
        List<Said> said = together(List.of(() -> restore(a, true), () -> restore(b, true)));
        assertThat(said.get(0).restored.size() + said.get(1).restored.size()).isEqualTo(31);
        assertThat(names(a, d)).hasSize(30);
        assertThat(a.trash().buckets().getFirst().entries()).isZero();
    }

    // How it goes.

    @Test
    void whatIsOldEnoughGoesForGood() throws Exception {
        long f = file(a, ROOT, "f", "content");
        long d = directory(a, ROOT, "d");
        a.open(f);
        unlink(b, ROOT, "f");
        rmdir(b, ROOT, "d");
        clock.pass(Duration.ofHours(24));
        file(a, ROOT, "young");
        unlink(a, ROOT, "young");
        assertThat(a.trash().expired(1)).isZero();
        assertThat(a.trash().expire(1, () -> false)).isZero();
        clock.pass(Duration.ofMinutes(50));
        assertThat(b.trash().expired(1)).isEqualTo(2);
        assertThat(b.trash().expire(1, () -> false)).isEqualTo(2);
        assertThat(b.trash().buckets())
                .singleElement()
                .satisfies(bucket -> assertThat(bucket.entries()).isEqualTo(1));
        assertThat(engine.get(List.of(Keys.dir(d), Keys.dirParent(d)), List.of(Keys.cells(d))))
                .isEmpty();
        // Open here all the same.
        assertThat(engine.get(List.of(Keys.orphan(f)), List.of())).hasSize(1);
        assertThat(a.getattr(f).nlink()).isZero();
        assertThat(content(a, f)).isEqualTo("content");
        a.closed(f);
    }

    @Test
    void emptyingStopsAndGoesOn() throws Exception {
        for (int i = 0; i < 35; i++) {
            file(a, ROOT, "f" + i);
            unlink(a, ROOT, "f" + i);
        }
        clock.pass(Duration.ofHours(2));
        int[] looks = new int[1];
        long first = a.trash().empty(null, () -> ++looks[0] > 20, n -> {});
        assertThat(first).isEqualTo(20);
        assertThat(trashed(b)).hasSize(15);
        List<Long> rest = together(List.of(
                () -> a.trash().empty(null, () -> false, n -> {}),
                () -> b.trash().empty(null, () -> false, n -> {})));
        assertThat(rest.get(0) + rest.get(1)).isEqualTo(15);
        assertThat(a.trash().buckets()).isEmpty();
        assertThat(names(b, MetaFs.TRASH)).isEmpty();
    }

    @Test
    void removingEmptyingAndRestoringAtOnceLosesNothing() throws Exception {
        int files = 60;
        for (int i = 0; i < files; i++) {
            file(a, ROOT, "f" + i);
        }
        List<Callable<Long>> calls = List.of(
                () -> {
                    for (int i = 0; i < files; i++) {
                        unlink(a, ROOT, "f" + i);
                    }
                    return 0L;
                },
                () -> {
                    long gone = 0;
                    for (int i = 0; i < 10; i++) {
                        gone += b.trash().empty(null, () -> false, n -> {});
                    }
                    return gone;
                },
                () -> {
                    restore(b, true);
                    return 0L;
                });
        long gone = together(calls).get(1);
        long left = b.trash().buckets().stream().mapToLong(TrashBucket::entries).sum();
        assertThat(gone + left + names(b, ROOT).size()).isEqualTo(files);
        assertThat(engine.scan(Keys.orphans(), null, 100)).hasSize((int) gone);
    }

    @Test
    void runningMountsFollowTheVolumesSetting() throws Exception {
        file(a, ROOT, "f");
        file(a, ROOT, "g");
        setTrashDays(0);
        for (VolumeFs fs : List.of(a, b)) {
            while (fs.trashDays() != 0) {
                Thread.onSpinWait();
            }
        }
        unlink(b, ROOT, "f");
        fails(Errno.ENOENT, () -> b.lookup(ROOT, name(".trash")));
        setTrashDays(7);
        while (b.trashDays() != 7) {
            Thread.onSpinWait();
        }
        unlink(b, ROOT, "g");
        assertThat(trashed(b)).hasSize(1);
    }

    // What it takes.

    @Test
    void theTrashCountsForTheVolumeAndForNoDirectory() throws Exception {
        Quotas quotas = a.quotas();
        long q = directory(a, ROOT, "q");
        quotas.set(q, 1000, 10);
        while (b.statfs(q).totalBytes() != 1000) {
            Thread.onSpinWait();
        }
        file(b, q, "f", "x".repeat(400));
        directory(b, q, "d");
        unlink(b, q, "f");
        rmdir(b, q, "d");
        assertThat(quotas.used()).isEqualTo(new Used(400, 3));
        assertThat(quotas.check(q, false).found()).isEqualTo(new Used(0, 0));
        assertThat(quotas.check(q, false).recorded()).isEqualTo(new Used(0, 0));
        assertThat(quotas.check(0, false).isRight()).isTrue();
        // No room for it in its directory any more.
        file(b, q, "g", "x".repeat(700));
        Said said = restore(b, true);
        assertThat(said.restored).containsExactly("/q/d");
        assertThat(said.kept).containsEntry("/q/f", "the quota of its directory is used up");
        unlink(b, q, "g");
        assertThat(restore(b, true).restored).contains("/q/f");
        assertThat(quotas.check(q, false).isRight()).isTrue();
        assertThat(quotas.check(0, false).isRight()).isTrue();
        a.trash().empty(null, () -> false, n -> {});
        assertThat(quotas.check(0, false).isRight()).isTrue();
    }

    @Test
    void whatIsWrittenToAnOpenFileInTheTrashIsCounted() throws Exception {
        Quotas quotas = a.quotas();
        long f = file(a, ROOT, "f", "x".repeat(100));
        a.open(f);
        unlink(b, ROOT, "f");
        a.publish(
                List.of(new Publication(
                        f, null, List.of(new Edit.Inline(Bytes.of("x".repeat(300)))), null, List.of(), false)),
                false);
        assertThat(quotas.used()).isEqualTo(new Used(300, 1));
        a.closed(f);
        a.trash().empty(null, () -> false, n -> {});
        assertThat(quotas.used()).isEqualTo(new Used(0, 0));
    }

    @Test
    void aFullVolumeCanStillBeCleanedUp() throws Exception {
        Quotas quotas = a.quotas();
        file(a, ROOT, "f", "x".repeat(400));
        quotas.set(0, 100, 1);
        while (b.statfs(ROOT).totalBytes() != 100) {
            Thread.onSpinWait();
        }
        unlink(b, ROOT, "f");
        assertThat(trashed(b)).hasSize(1);
        assertThat(b.trash().empty(null, () -> false, n -> {})).isEqualTo(1);
        assertThat(quotas.used()).isEqualTo(new Used(0, 0));
    }

    // What the network does.

    @Test
    void lostRepliesLoseNothing() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        FaultyEngine network = new FaultyEngine(keep(connect()), seed, FaultyEngine.Faults.SOME);
        VolumeFs fs = patiently(network);
        Map<String, Long> there = new TreeMap<>();
        int removed = 0;
        long gone = 0;
        for (int i = 0; i < 150; i++) {
            String name = "f" + random.nextInt(20);
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> {
                    if (!there.containsKey(name)) {
                        there.put(name, random.nextBoolean() ? file(fs, ROOT, name) : directory(fs, ROOT, name));
                    }
                }
                case 3, 4, 5 -> {
                    if (there.remove(name) != null) {
                        boolean directory = fs.lookup(ROOT, name(name)).attr().type() == FileType.DIRECTORY;
                        if (directory) {
                            rmdir(fs, ROOT, name);
                        } else {
                            unlink(fs, ROOT, name);
                        }
                        removed++;
                    }
                }
                case 6 -> {
                    Said said = restore(fs, true);
                    for (String path : said.restored) {
                        there.put(
                                path.substring(1),
                                fs.lookup(ROOT, name(path.substring(1))).ino());
                        removed--;
                    }
                }
                default -> {
                    if (random.nextInt(4) == 0) {
                        long now = fs.trash().empty(null, () -> false, n -> {});
                        gone += now;
                        removed -= (int) now;
                    }
                }
            }
        }
        assertThat(names(a, ROOT)).as("seed %d", seed).containsExactlyElementsOf(there.keySet());
        long left = a.trash().buckets().stream().mapToLong(TrashBucket::entries).sum();
        assertThat(left).as("seed %d", seed).isEqualTo(removed);
        assertThat(gone).isNotNegative();
        assertThat(a.quotas().check(0, false).isRight()).as("seed %d", seed).isTrue();
    }

    private VolumeFs patiently(FaultyEngine network) throws Exception {
        while (true) {
            try {
                return mount(network);
            } catch (MetaException e) {
                assertThat(e.kind()).isEqualTo(MetaException.Kind.UNAVAILABLE);
            }
        }
    }
}
