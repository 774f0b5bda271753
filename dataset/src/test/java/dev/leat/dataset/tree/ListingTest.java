package dev.leat.dataset.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.SourceEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Listings as bytes, in memory and in files. */
class ListingTest {
    @TempDir
    private Path folder;

    private static final Branch BRANCH =
            new Branch(1, "b", "", new ScriptSource("script://a"), Freshness.DEFAULT, null);

    private static Listing build(@Nullable ListingStore store, List<SourceEntry> entries) throws Exception {
        try (Listing.Builder builder = new Listing.Builder(store)) {
            for (SourceEntry entry : entries) {
                builder.add(entry);
            }
            return builder.build(0);
        }
    }

    private static List<SourceEntry> entries(int count) {
        List<SourceEntry> entries = new ArrayList<>();
        Random random = new Random(7);
        for (int i = 0; i < count; i++) {
            String name = "%08x-%d".formatted(random.nextInt(), i);
            entries.add(new SourceEntry(name, Facts.file(random.nextInt(1 << 20), i, "\"" + name + "\"")));
        }
        return entries;
    }

    @Test
    void allFactsComeBackInTheOrderOfTheBytes(@TempDir Path other) throws Exception {
        Facts owned = new Facts(EntryKind.FILE, 5, 6, null, new Facts.Permission(7, 8, 0640), null);
        Facts link = new Facts(EntryKind.LINK, 3, 4, "v", null, "to/there");
        List<SourceEntry> all = List.of(
                new SourceEntry("z", owned),
                new SourceEntry("both", Facts.file(1, 2, null)),
                new SourceEntry("both", Facts.directory(Facts.UNKNOWN)),
                new SourceEntry("\uD83D\uDE00", link),
                new SourceEntry("\uFB01", Facts.file(0, Facts.UNKNOWN, "e")),
                new SourceEntry("a/b", owned),
                new SourceEntry("..", owned),
                new SourceEntry("n".repeat(256), owned));
        Listing listing = build(null, all);
        assertThat(listing.hidden()).isEqualTo(4);
        // U+1F600 is after U+FB01 in UTF-8, though not as Java compares strings.
        assertThat(listing.entries()).containsExactly(all.get(2), all.get(0), all.get(4), all.get(3));
        for (SourceEntry entry : listing.entries()) {
            assertThat(listing.find(entry.name())).isEqualTo(entry);
        }
        assertThat(listing.find("a")).isNull();
        ListingStore store = new ListingStore(other, 1 << 20);
        store.save(BRANCH, "d", listing.names(), 4, 99);
        ListingStore.Loaded loaded = Objects.requireNonNull(store.load(BRANCH, "d"));
        assertThat(loaded.names()).isEqualTo(listing.entries());
        assertThat(loaded.hidden()).isEqualTo(4);
        assertThat(loaded.bornEpochMs()).isEqualTo(99);
        assertThat(store.load(BRANCH, "e")).isNull();
    }

    @Test
    void manyNamesLieInAFile() throws Exception {
        ListingStore store = new ListingStore(folder, 1 << 30);
        List<SourceEntry> entries = entries(100_000);
        Listing listing = build(store, entries);
        assertThat(listing.names().heapBytes())
                .as("only the index is in the heap")
                .isEqualTo(400_000);
        assertThat(listing.bytes() / 100_000).as("bytes a name").isLessThan(100);
        assertThat(listing.entries()).hasSize(100_000);
        assertThat(listing.entries()).isSortedAccordingTo((a, b) -> a.name().compareTo(b.name()));
        for (int i = 0; i < 100_000; i += 997) {
            assertThat(listing.find(entries.get(i).name())).isEqualTo(entries.get(i));
        }
        store.save(BRANCH, "", listing.names(), 0, 1);
        ListingStore.Loaded loaded = Objects.requireNonNull(store.load(BRANCH, ""));
        assertThat(loaded.names().heapBytes()).as("all of it is mapped").isZero();
        assertThat(loaded.names().get(77_777)).isEqualTo(listing.entries().get(77_777));
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.filter(Files::isRegularFile))
                    .as("no file is left over")
                    .isEmpty();
        }
    }

    @Test
    void aDamagedFileIsDropped() throws Exception {
        ListingStore store = new ListingStore(folder, 1 << 20);
        Listing listing = build(store, entries(100));
        for (int at : new int[] {0, 8, 12, 41, 64, 200, -1}) {
            store.save(BRANCH, "d", listing.names(), 0, 1);
            Path file = only();
            byte[] bytes = Files.readAllBytes(file);
            if (at < 0) {
                bytes = java.util.Arrays.copyOf(bytes, bytes.length - 1);
            } else {
                bytes[at] ^= 1;
            }
            Files.write(file, bytes);
            assertThat(store.load(BRANCH, "d")).as("byte " + at).isNull();
            assertThat(file).doesNotExist();
        }
    }

    private Path only() throws Exception {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
    }

    @Test
    void theOldestGoWhenThereIsTooMuch() throws Exception {
        Listing listing = build(null, entries(100));
        ListingStore store = new ListingStore(folder, 5 * listing.bytes());
        for (int i = 0; i < 20; i++) {
            store.save(BRANCH, "d" + i, listing.names(), 0, 1);
            if (store.load(BRANCH, "d" + i) != null) {
                try (Stream<Path> files = Files.walk(folder)) {
                    for (Path file : files.filter(Files::isRegularFile).toList()) {
                        FileTime used = Files.getLastModifiedTime(file);
                        Files.setLastModifiedTime(file, FileTime.fromMillis(used.toMillis() - 10_000));
                    }
                }
            }
        }
        assertThat(store.usedBytes()).isLessThanOrEqualTo(5 * listing.bytes());
        assertThat(store.load(BRANCH, "d0")).isNull();
        assertThat(store.load(BRANCH, "d19")).isNotNull();
    }

    @Test
    void theNextTreeKnowsWhatTheOneBeforeWasTold() throws Exception {
        ScriptSource source = new ScriptSource("script://a");
        source.tellsVersions = true;
        source.tellsSizes = true;
        source.put("d/a", 10, "v1");
        AtomicLong clock = new AtomicLong(5);
        for (int mount = 0; mount < 2; mount++) {
            try (Tree tree = new Tree(clock::get, new ListingStore(folder, 1 << 20), 0)) {
                tree.attach(new Branch(mount, "b", "x", source, Freshness.DEFAULT, null));
                Node file = Objects.requireNonNull(tree.find("x/d/a"));
                assertThat(tree.open(file)).isNotNull();
                assertThat(source.count("list")).as("mount " + mount).isEqualTo(2);
                assertThat(tree.stats().rememberedListings()).isEqualTo(2L * mount);
            }
        }
        source.away = true;
        try (Tree tree = new Tree(clock::get, new ListingStore(folder, 1 << 20), 0)) {
            tree.attach(new Branch(9, "b", "x", source, new Freshness(Duration.ofNanos(1), false), null));
            // Older than a nanosecond by the clock on the wall, which counts milliseconds.
            Thread.sleep(5);
            assertThat(tree.find("x/d/a")).as("old, but the source is away").isNotNull();
            assertThat(tree.stats().overdueAnswers()).isPositive();
        }
    }
}
