package dev.leat.dataset.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.dataset.SourceUrl;
import dev.leat.dataset.Sources;
import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.store.OpenStore;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreOperation;
import dev.leat.store.StoreOptions;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Shards shown as directories of their members. */
class ExpandedSourceTest {
    @TempDir
    private @Nullable Path folder;

    private final Map<String, byte[]> files = new TreeMap<>();

    @BeforeEach
    void makeFiles() throws IOException {
        Random random = new Random(5);
        for (int i = 0; i < 40; i++) {
            byte[] bytes = new byte[random.nextInt(3_000)];
            random.nextBytes(bytes);
            files.put("class-%d/%03d.jpg".formatted(i % 3, i), bytes);
        }
        files.put("top.txt", new byte[] {1, 2, 3});
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path path = at("data").resolve(file.getKey());
            Files.createDirectories(Objects.requireNonNull(path.getParent()));
            Files.write(path, file.getValue());
        }
    }

    private Path at(String name) {
        return Objects.requireNonNull(folder).resolve(name);
    }

    private void pack(ShardFormat format) throws Exception {
        try (Source source = open("data", false);
                OpenStore target =
                        Stores.open(new StoreUrl.Directory(at("out")), StoreOptions.DEFAULT.makingDirectory())) {
            Packing.Observer nobody = new Packing.Observer() {
                @Override
                public void bytes(long more) {}

                @Override
                public void shard(String name, int count, boolean packed) {}
            };
            new Packing(source, target.store(), new Packing.Settings(format, 20_000, "shard", 2), nobody).run();
        }
    }

    private Source open(String name, boolean expanded) throws StoreException {
        Source plain = Sources.open(new SourceUrl.Directory(at(name)), StoreOptions.DEFAULT, "leat-test", null);
        return expanded ? new ExpandedSource(plain) : plain;
    }

    private static List<SourceEntry> list(Source source, String directory) throws StoreException {
        List<SourceEntry> entries = new ArrayList<>();
        source.list(directory, entries::add);
        return entries;
    }

    private static void collect(Source source, String directory, Map<String, byte[]> into, String cut)
            throws StoreException {
        for (SourceEntry entry : list(source, directory)) {
            String path = directory.isEmpty() ? entry.name() : directory + "/" + entry.name();
            if (entry.facts().kind() == EntryKind.DIRECTORY) {
                if (!entry.name().equals(".leat-store")) {
                    collect(source, path, into, cut.isEmpty() && path.contains(".t") ? path + "/" : cut);
                }
            } else if (!cut.isEmpty()) {
                Facts facts = source.facts(path);
                assertThat(facts.sizeBytes()).isEqualTo(entry.facts().sizeBytes());
                assertThat(facts.validator()).isEqualTo(entry.facts().validator());
                ByteBuffer bytes = ByteBuffer.allocate((int) facts.sizeBytes());
                if (bytes.hasRemaining()) {
                    source.read(path, facts, 0, bytes);
                }
                into.put(path.substring(cut.length()), bytes.array());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void membersAreFilesOfTheirShard(ShardFormat format) throws Exception {
        pack(format);
        try (Source source = open("out", true)) {
            assertThat(list(source, ""))
                    .extracting(SourceEntry::name)
                    .contains("shard.json", "shard-000000" + format.extension())
                    .noneMatch(name -> name.endsWith(ShardIndex.EXTENSION));
            Map<String, byte[]> found = new TreeMap<>();
            collect(source, "", found, "");
            assertThat(found.keySet()).isEqualTo(files.keySet());
            files.forEach((name, bytes) -> assertThat(found.get(name)).as(name).isEqualTo(bytes));
            assertThatThrownBy(() -> source.facts("shard-000000" + format.extension() + "/nothing"))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND));
            assertThatThrownBy(() -> source.list("shard-000000" + format.extension() + "/nothing", _ -> true))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND));
        }
    }

    @Test
    void aRangeOfAMemberIsOneRequest() throws Exception {
        pack(ShardFormat.WEBDATASET);
        try (Source source = open("out", true)) {
            Map<String, byte[]> found = new TreeMap<>();
            collect(source, "", found, "");
            String path = "shard-000000.tar/top.txt";
            Facts facts = source.facts(path);
            long before = Objects.requireNonNull(source.metrics().operations().get(StoreOperation.GET))
                    .requests();
            ByteBuffer two = ByteBuffer.allocate(2);
            source.read(path, facts, 1, two);
            assertThat(two.array()).containsExactly(2, 3);
            assertThat(Objects.requireNonNull(source.metrics().operations().get(StoreOperation.GET))
                            .requests())
                    .isEqualTo(before + 1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReplacedShardIsAnotherVersionOfItsMembers(ShardFormat format) throws Exception {
        pack(format);
        String path = "shard-000000" + format.extension() + "/top.txt";
        try (Source source = open("out", true)) {
            Facts old = source.facts(path);
            Files.write(at("data/top.txt"), new byte[] {4, 5, 6, 7});
            pack(format);
            // Changed within the same tick of the clock it would be the same to a directory.
            Files.setLastModifiedTime(
                    at("out").resolve("shard-000000" + format.extension()), FileTime.fromMillis(1_000_000));
            assertThatThrownBy(() -> source.read(path, old, 0, ByteBuffer.allocate(3)))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.PRECONDITION_FAILED));
            Facts now = source.facts(path);
            assertThat(now.sizeBytes()).isEqualTo(4);
            ByteBuffer bytes = ByteBuffer.allocate(4);
            source.read(path, now, 0, bytes);
            assertThat(bytes.array()).containsExactly(4, 5, 6, 7);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shardsWithoutTheirOwnIndexAreFiles(ShardFormat format) throws Exception {
        pack(format);
        String first = "shard-000000" + format.extension();
        String second = "shard-000001" + format.extension();
        Files.delete(at("out").resolve(first + ShardIndex.EXTENSION));
        // The index of another one, made to say the right length.
        Path index = at("out").resolve(second + ShardIndex.EXTENSION);
        String other = Files.readString(at("out").resolve("shard-000002" + format.extension() + ShardIndex.EXTENSION));
        Files.writeString(
                index,
                other.replaceFirst(
                        "\"size\":\\d+", "\"size\":" + Files.size(at("out").resolve(second))));
        try (Source source = open("out", true)) {
            for (SourceEntry entry : list(source, "")) {
                if (entry.name().equals(first) || entry.name().equals(second)) {
                    assertThat(entry.facts().kind()).as(entry.name()).isEqualTo(EntryKind.FILE);
                }
            }
            assertThat(source.facts(first).sizeBytes())
                    .isEqualTo(Files.size(at("out").resolve(first)));
            ByteBuffer bytes = ByteBuffer.allocate(10);
            source.read(first, source.facts(first), 0, bytes);
            assertThat(bytes.hasRemaining()).isFalse();
            assertThatThrownBy(() -> source.facts(first + "/top.txt")).isInstanceOf(StoreException.class);
        }
    }

    @Test
    void namesThatLeadOutAreLeftOut() throws Exception {
        List<ShardIndex.Member> members = List.of(
                new ShardIndex.Member("./a/b", 512, 1, 0, 0),
                new ShardIndex.Member("/c", 1536, 1, 0, 1024),
                new ShardIndex.Member("../../etc/passwd", 2560, 1, 0, 2048),
                new ShardIndex.Member("a/b", 3584, 2, 0, 3072),
                new ShardIndex.Member("c/d", 4608, 1, 0, 4096));
        MemberTree tree = new MemberTree(new ShardIndex("x.tar", ShardFormat.WEBDATASET, 9999, "", null, 4, members));
        assertThat(tree.list("").keySet()).containsExactly("a", "c");
        assertThat(Objects.requireNonNull(tree.find("a/b")).sizeBytes()).isEqualTo(2);
        assertThat(tree.find("c")).isNull();
        assertThat(tree.list("c").keySet()).containsExactly("d");
    }
}
