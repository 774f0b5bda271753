package dev.leat.dataset.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.dataset.SourceUrl;
import dev.leat.dataset.Sources;
import dev.leat.dataset.source.Source;
import dev.leat.store.OpenStore;
import dev.leat.store.StoreException;
import dev.leat.store.StoreOptions;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Packing, indexing and verifying in directories. */
class ShardsTest {
    private static final int SIZE = 300_000;

    @TempDir
    private @Nullable Path folder;

    private final Map<String, byte[]> files = new TreeMap<>();

    /** Shards after which a packing fails. */
    private final AtomicInteger stopAfter = new AtomicInteger(Integer.MAX_VALUE);

    @BeforeEach
    void makeFiles() throws IOException {
        Random random = new Random(7);
        for (int i = 0; i < 60; i++) {
            String stem = "class-%d/%05d".formatted(i % 7, i);
            byte[] image = new byte[random.nextInt(40_000)];
            random.nextBytes(image);
            files.put(stem + ".jpg", image);
            files.put(stem + ".cls", Integer.toString(i).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        byte[] large = new byte[9 << 20];
        random.nextBytes(large);
        files.put("large.bin", large);
        files.put("empty.txt", new byte[0]);
        files.put("plain", new byte[] {1, 2, 3});
        files.put(".hidden", new byte[] {4});
        files.put("größe/数据.seg.png", new byte[] {5, 6});
        files.put("d".repeat(120) + "/" + "n".repeat(90) + ".jpg", new byte[] {7});
        files.put("e".repeat(200) + "/" + "n".repeat(200) + ".jpg", new byte[] {8});
        files.put("a/1.jpg", new byte[513]);
        files.put("a/1-b.jpg", new byte[512]);
        files.put("a/1.d/x.jpg", new byte[511]);
        files.put("a/1.txt", new byte[1]);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            write(file.getKey(), file.getValue());
        }
    }

    private Path at(String name) {
        return Objects.requireNonNull(folder).resolve(name);
    }

    private void write(String path, byte[] bytes) throws IOException {
        Path file = at("data").resolve(path);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.write(file, bytes);
    }

    private static Source source(Path directory) throws StoreException {
        return Sources.open(new SourceUrl.Directory(directory), StoreOptions.DEFAULT, "leat-test", null);
    }

    private Packing.Report pack(ShardFormat format, String to, int threads) throws Exception {
        try (Source source = source(at("data"));
                OpenStore target =
                        Stores.open(new StoreUrl.Directory(at(to)), StoreOptions.DEFAULT.makingDirectory())) {
            Packing.Observer nobody = new Packing.Observer() {
                @Override
                public void bytes(long more) {}

                @Override
                public void shard(String name, int count, boolean packed) {
                    if (stopAfter.decrementAndGet() <= 0) {
                        throw new IllegalStateException("stopped");
                    }
                }
            };
            return new Packing(source, target.store(), new Packing.Settings(format, SIZE, "shard", threads), nobody)
                    .run();
        }
    }

    private List<Shards.Check> verify(String where) throws Exception {
        List<Shards.Check> checks = Collections.synchronizedList(new ArrayList<>());
        try (Source source = source(at(where))) {
            Shards shards = new Shards(source, 3, _ -> {});
            assertThat(shards.find(null)).isPositive();
            shards.verify(checks::add);
        }
        return checks;
    }

    private List<String> problems(String where) throws Exception {
        List<String> problems = new ArrayList<>();
        verify(where).forEach(check -> check.problems().forEach(text -> problems.add(check.shard() + ": " + text)));
        return problems;
    }

    private Map<String, String> contents(String where) throws IOException {
        Map<String, String> all = new TreeMap<>();
        try (Stream<Path> paths = Files.list(at(where))) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                all.put(
                        String.valueOf(path.getFileName()),
                        new String(Files.readAllBytes(path), java.nio.charset.StandardCharsets.ISO_8859_1));
            }
        }
        return all;
    }

    private ShardIndex index(String where, String shard) throws IOException {
        return ShardIndex.read(Files.readAllBytes(at(where).resolve(shard + ShardIndex.EXTENSION)));
    }

    private List<String> shards(String where) throws IOException {
        return contents(where).keySet().stream()
                .filter(name -> ShardFormat.ofName(name) != null)
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void everyFileIsReadByItsPlaceInTheIndex(ShardFormat format) throws Exception {
        Packing.Report report = pack(format, "out", 3);
        assertThat(report.files()).isEqualTo(files.size());
        assertThat(report.unseenByLoaders()).isEqualTo(2);
        assertThat(report.bytes())
                .isEqualTo(
                        files.values().stream().mapToLong(bytes -> bytes.length).sum());
        Map<String, byte[]> found = new TreeMap<>();
        for (String shard : shards("out")) {
            byte[] all = Files.readAllBytes(at("out").resolve(shard));
            ShardIndex index = index("out", shard);
            assertThat(index.sizeBytes()).isEqualTo(all.length);
            assertThat(all.length <= SIZE || index.samples() == 1).as(shard).isTrue();
            for (ShardIndex.Member member : index.members()) {
                int offset = (int) member.offset();
                found.put(member.name(), Arrays.copyOfRange(all, offset, offset + (int) member.sizeBytes()));
            }
        }
        assertThat(found.keySet()).isEqualTo(files.keySet());
        files.forEach((name, bytes) -> assertThat(found.get(name)).as(name).isEqualTo(bytes));
        assertThat(problems("out")).isEmpty();
        assertThat(verify("out")).allMatch(Shards.Check::indexed);
    }

    @ParameterizedTest
    @EnumSource
    void theSameFilesGiveTheSameBytes(ShardFormat format) throws Exception {
        pack(format, "one", 1);
        pack(format, "other", 5);
        assertThat(contents("other")).isEqualTo(contents("one"));
    }

    @Test
    void filesOfASampleStandTogether() throws Exception {
        pack(ShardFormat.WEBDATASET, "out", 2);
        List<String> order = new ArrayList<>();
        for (String shard : shards("out")) {
            index("out", shard).members().forEach(member -> order.add(member.name()));
        }
        int text = order.indexOf("a/1.txt");
        assertThat(order.get(text - 1)).isEqualTo("a/1.jpg");
    }

    @ParameterizedTest
    @EnumSource
    void packingAgainDoesWhatIsMissing(ShardFormat format) throws Exception {
        int all = pack(format, "out", 2).shards();
        Map<String, String> before = contents("out");
        assertThat(pack(format, "out", 2).packed()).isZero();
        List<String> shards = shards("out");
        Files.delete(at("out").resolve(shards.get(1)));
        Files.delete(at("out").resolve(shards.get(2) + ShardIndex.EXTENSION));
        assertThat(pack(format, "out", 2).packed()).isEqualTo(2);
        assertThat(contents("out")).isEqualTo(before);
        write("class-3/00003.cls", new byte[] {'4'});
        Packing.Report report = pack(format, "out", 2);
        assertThat(report.packed()).isEqualTo(1);
        assertThat(report.shards()).isEqualTo(all);
        assertThat(problems("out")).isEmpty();
    }

    @Test
    void shardsThatAreNoLongerNeededGo() throws Exception {
        int before = pack(ShardFormat.WEBDATASET, "out", 2).shards();
        Files.delete(at("data/large.bin"));
        for (int i = 30; i < 60; i++) {
            Files.delete(at("data/class-%d/%05d.jpg".formatted(i % 7, i)));
        }
        int after = pack(ShardFormat.WEBDATASET, "out", 2).shards();
        assertThat(after).isLessThan(before);
        assertThat(shards("out")).hasSize(after);
        assertThat(problems("out")).isEmpty();
    }

    @Test
    void otherSettingsAreRefused() throws Exception {
        pack(ShardFormat.WEBDATASET, "out", 2);
        assertThatThrownBy(() -> pack(ShardFormat.TFRECORD, "out", 2))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("webdataset")
                .hasMessageContaining("--name")
                .hasMessageNotContaining("\n");
        Files.createDirectories(at("theirs"));
        Files.write(at("theirs/shard-000000.tar"), new byte[1024]);
        assertThatThrownBy(() -> pack(ShardFormat.WEBDATASET, "theirs", 2)).hasMessageContaining("was not packed here");
        assertThat(Files.size(at("theirs/shard-000000.tar"))).isEqualTo(1024);
    }

    @ParameterizedTest
    @EnumSource
    void theDamagedFileIsNamed(ShardFormat format) throws Exception {
        pack(format, "out", 2);
        String shard = shards("out").get(2);
        Path file = at("out").resolve(shard);
        byte[] whole = Files.readAllBytes(file);
        List<ShardIndex.Member> members = index("out", shard).members();
        ShardIndex.Member damaged = members.stream()
                .filter(member -> member.sizeBytes() > 1_000)
                .findFirst()
                .orElseThrow();
        flip(file, whole, damaged.offset() + 777);
        assertThat(problems("out"))
                .hasSize(1)
                .first()
                .asString()
                .contains(shard + ": " + damaged.name() + " is damaged", "CRC32C");
        // A header, or a record's length: the files behind it are still looked at.
        ShardIndex.Member second = members.get(members.size() / 2);
        flip(file, whole, second.record() + 3);
        assertThat(problems("out"))
                .hasSize(1)
                .first()
                .asString()
                .contains(shard, second.name(), "byte " + second.record());
        Files.write(file, Arrays.copyOf(whole, whole.length - 700));
        assertThat(problems("out")).isNotEmpty().allMatch(text -> text.contains(shard));
        Files.write(file, Arrays.copyOf(whole, (int) damaged.offset() + 100));
        assertThat(problems("out")).anyMatch(text -> text.contains("cut off"));
        Files.delete(file);
        assertThat(problems("out")).singleElement().asString().contains("shard.json", shard + " is missing");
    }

    private static void flip(Path file, byte[] whole, long at) throws IOException {
        byte[] bytes = whole.clone();
        bytes[(int) at] ^= 0x10;
        Files.write(file, bytes);
    }

    @Test
    void recordsNeedNoIndexToShowDamage() throws Exception {
        pack(ShardFormat.TFRECORD, "out", 2);
        for (String shard : shards("out")) {
            Files.delete(at("out").resolve(shard + ShardIndex.EXTENSION));
        }
        assertThat(problems("out")).isEmpty();
        String shard = shards("out").get(2);
        byte[] whole = Files.readAllBytes(at("out").resolve(shard));
        flip(at("out").resolve(shard), whole, 500);
        assertThat(problems("out")).singleElement().asString().contains(shard, "record ", "is damaged");
    }

    @ParameterizedTest
    @EnumSource
    void anUnfinishedPackingIsSeenAndGoneOnWith(ShardFormat format) throws Exception {
        pack(format, "whole", 2);
        stopAfter.set(3);
        assertThatThrownBy(() -> pack(format, "out", 2)).hasMessageContaining("could not be written");
        stopAfter.set(Integer.MAX_VALUE);
        assertThat(problems("out")).anyMatch(text -> text.contains("did not end"));
        int whole = (int) contents("out").keySet().stream()
                .filter(name -> name.endsWith(ShardIndex.EXTENSION))
                .count();
        Packing.Report report = pack(format, "out", 2);
        assertThat(whole).isBetween(3, report.shards() - 1);
        assertThat(report.packed()).isEqualTo(report.shards() - whole);
        assertThat(contents("out")).isEqualTo(contents("whole"));
    }

    @ParameterizedTest
    @EnumSource
    void shardsOfOthersAreIndexed(ShardFormat format) throws Exception {
        pack(format, "out", 2);
        Map<String, ShardIndex> before = new TreeMap<>();
        for (String shard : shards("out")) {
            before.put(shard, index("out", shard));
            Files.delete(at("out").resolve(shard + ShardIndex.EXTENSION));
        }
        try (Source source = source(at("out"));
                OpenStore target = Stores.open(new StoreUrl.Directory(at("out")), StoreOptions.DEFAULT)) {
            Shards shards = new Shards(source, 3, _ -> {});
            shards.find(null);
            shards.index(target.store(), check -> assertThat(check.problems()).isEmpty());
        }
        for (Map.Entry<String, ShardIndex> entry : before.entrySet()) {
            ShardIndex again = index("out", entry.getKey());
            assertThat(again.sha256()).isEqualTo(entry.getValue().sha256());
            assertThat(again.samples()).isEqualTo(entry.getValue().samples());
            if (format == ShardFormat.WEBDATASET) {
                assertThat(again.members()).isEqualTo(entry.getValue().members());
            }
        }
        assertThat(problems("out")).isEmpty();
    }

    @Test
    void indexesThatAreCutShortAreNone() throws Exception {
        pack(ShardFormat.WEBDATASET, "out", 2);
        byte[] text = Files.readAllBytes(at("out").resolve(shards("out").getFirst() + ShardIndex.EXTENSION));
        for (int length : new int[] {0, 1, 50, text.length / 2, text.length - 1}) {
            assertThatThrownBy(() -> ShardIndex.read(Arrays.copyOf(text, length)))
                    .as("cut at " + length)
                    .isInstanceOf(IOException.class);
        }
    }
}
