package dev.leat.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreOperation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What holds for every source; a subclass says how to open one over an empty place, and how others change what lies there. */
public abstract class SourceContract {
    private static final Set<String> ODD_NAMES = Set.of(
            "a b",
            " edge ",
            "100%",
            "%41",
            "a+b",
            "a&b",
            "a&amp;b",
            "a;b=c",
            "a#b",
            "a?b",
            "a:b",
            "a@b",
            "~a",
            "(a) [b] {c}",
            "it's",
            "say \"a\"",
            "a<b>",
            "a\\b",
            "a,b!$*",
            "größe",
            "数据",
            "😀.bin",
            "x".repeat(200));

    private @Nullable Source opened;

    /** A source over an empty place. */
    protected abstract Source open() throws Exception;

    /** Writes a file as somebody else would, over what is there. */
    protected abstract void put(String path, byte[] bytes) throws IOException;

    /** Removes a file as somebody else would. */
    protected abstract void remove(String path) throws IOException;

    /** Whether a directory can be there without a file in it. */
    protected boolean knowsDirectories() {
        return true;
    }

    /** Names that look odd and must work; a source whose server refuses some says which. */
    protected Set<String> oddNames() {
        return ODD_NAMES;
    }

    /** Names in a directory that is listed in several pages; fewer where a server makes files slowly and pages short. */
    protected int manyNames() {
        return 3_000;
    }

    @BeforeEach
    void openIt() throws Exception {
        opened = open();
    }

    @AfterEach
    void closeIt() {
        if (opened != null) {
            opened.close();
        }
    }

    private Source source() {
        return Objects.requireNonNull(opened);
    }

    protected static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private List<SourceEntry> list(String directory) throws StoreException {
        List<SourceEntry> entries = new ArrayList<>();
        source().list(directory, entries::add);
        return entries;
    }

    private Set<String> names(String directory) throws StoreException {
        return list(directory).stream().map(SourceEntry::name).collect(Collectors.toCollection(TreeSet::new));
    }

    private byte[] read(String path, Facts version, long offset, int length) throws StoreException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(length);
        source().read(path, version, offset, buffer);
        assertThat(buffer.hasRemaining()).as("bytes left out").isFalse();
        byte[] bytes = new byte[length];
        buffer.flip().get(bytes);
        return bytes;
    }

    private static Kind kindOf(Throwable failure) {
        assertThat(failure).isInstanceOf(StoreException.class).hasMessageNotContainingAny("\n");
        return ((StoreException) failure).kind();
    }

    @Test
    void aDirectoryListsWhatLiesRightInIt() throws Exception {
        put("top.bin", bytes(10, 1));
        put("spark/spark-3.5.0/a.tgz", bytes(20, 2));
        put("spark/spark-4.0.0/b.tgz", bytes(30, 3));
        put("spark/KEYS", bytes(40, 4));
        assertThat(names("")).containsExactly("spark", "top.bin");
        assertThat(names("spark")).containsExactly("KEYS", "spark-3.5.0", "spark-4.0.0");
        for (SourceEntry entry : list("spark")) {
            boolean directory = entry.name().startsWith("spark-");
            assertThat(entry.facts().kind()).isEqualTo(directory ? EntryKind.DIRECTORY : EntryKind.FILE);
        }
        assertThat(names("spark/spark-4.0.0")).containsExactly("b.tgz");
    }

    @Test
    void namesComeAsTheyAre() throws Exception {
        for (String name : oddNames()) {
            put("odd/" + name, name.getBytes(StandardCharsets.UTF_8));
            put("in/" + name + "/leaf", name.getBytes(StandardCharsets.UTF_8));
        }
        assertThat(names("odd")).isEqualTo(new TreeSet<>(oddNames()));
        assertThat(names("in")).isEqualTo(new TreeSet<>(oddNames()));
        for (String name : oddNames()) {
            byte[] expected = name.getBytes(StandardCharsets.UTF_8);
            for (String path : List.of("odd/" + name, "in/" + name + "/leaf")) {
                Facts facts = source().facts(path);
                assertThat(facts.sizeBytes()).as(path).isEqualTo(expected.length);
                assertThat(read(path, facts, 0, expected.length)).as(path).isEqualTo(expected);
            }
            assertThat(names("in/" + name)).as(name).containsExactly("leaf");
        }
    }

    @Test
    void thousandsOfNames() throws Exception {
        int count = manyNames();
        for (int i = 0; i < count; i++) {
            put("many/%05d.jpg".formatted(i), new byte[1]);
        }
        assertThat(names("many"))
                .isEqualTo(IntStream.range(0, count)
                        .mapToObj("%05d.jpg"::formatted)
                        .collect(Collectors.toCollection(TreeSet::new)));
        int[] taken = new int[1];
        source().list("many", _ -> ++taken[0] < 10);
        assertThat(taken[0]).as("names given after the taker had enough").isEqualTo(10);
    }

    @Test
    void factsAreExact() throws Exception {
        long before = System.currentTimeMillis() - 2_000;
        put("d/f", bytes(1_234_567, 5));
        Facts facts = source().facts("d/f");
        assertThat(facts.kind()).isEqualTo(EntryKind.FILE);
        assertThat(facts.sizeBytes()).isEqualTo(1_234_567);
        assertThat(facts.isConfirmed()).isTrue();
        assertThat(facts.modifiedEpochMs()).isBetween(before, System.currentTimeMillis() + 2_000);
        assertThat(source().facts("d/f").validator()).isEqualTo(facts.validator());
        Facts listed = list("d").getFirst().facts();
        assertThat(listed.sizeBytes()).isIn(1_234_567L, Facts.UNKNOWN);
        assertThat(listed.validator()).isIn(facts.validator(), null);
    }

    @Test
    void smallAndEmptyFiles() throws Exception {
        put("empty", new byte[0]);
        put("one", new byte[] {7});
        assertThat(source().facts("empty").sizeBytes()).isZero();
        assertThat(source().facts("empty").isConfirmed()).isTrue();
        assertThat(read("one", source().facts("one"), 0, 1)).containsExactly(7);
        for (SourceEntry entry : list("")) {
            assertThat(entry.facts().sizeBytes())
                    .as(entry.name())
                    .isIn((long) (entry.name().equals("one") ? 1 : 0), Facts.UNKNOWN);
        }
    }

    @Test
    void rangesAreReadExactly() throws Exception {
        byte[] all = bytes(5 << 20, 6);
        put("big.tgz", all);
        Facts facts = source().facts("big.tgz");
        int[][] ranges = {{0, 1}, {0, all.length}, {all.length - 1, 1}, {1 << 20, 4 << 20}, {12_345, 678}};
        for (int[] range : ranges) {
            byte[] expected = Arrays.copyOfRange(all, range[0], range[0] + range[1]);
            assertThat(read("big.tgz", facts, range[0], range[1]))
                    .as(range[0] + "+" + range[1])
                    .isEqualTo(expected);
        }
        long gets = Objects.requireNonNull(source().metrics().operations().get(StoreOperation.GET))
                .requests();
        assertThat(gets).as("requests for bytes").isEqualTo(ranges.length);
    }

    @Test
    void anotherVersionIsRefused() throws Exception {
        put("f", bytes(100_000, 7));
        Facts old = source().facts("f");
        put("f", bytes(100_000, 8));
        assertThatThrownBy(() -> read("f", old, 1_000, 1_000))
                .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.PRECONDITION_FAILED));
        Facts now = source().facts("f");
        assertThat(now.validator()).isNotEqualTo(old.validator());
        assertThat(read("f", now, 0, 100_000)).isEqualTo(bytes(100_000, 8));
        put("f", bytes(10, 9));
        assertThatThrownBy(() -> read("f", now, 50_000, 1_000))
                .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.PRECONDITION_FAILED));
    }

    @Test
    void whatIsMissingIsNotFound() throws Exception {
        put("d/f", bytes(1_000, 10));
        Facts facts = source().facts("d/f");
        for (String path : List.of("nothing", "d/nothing", "nothing/f")) {
            assertThatThrownBy(() -> source().facts(path))
                    .as(path)
                    .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.NOT_FOUND));
        }
        // Some servers call it forbidden to look for a name in a file.
        assertThatThrownBy(() -> source().facts("d/f/g"))
                .satisfies(e -> assertThat(kindOf(e)).isIn(Kind.NOT_FOUND, Kind.DENIED));
        remove("d/f");
        assertThatThrownBy(() -> read("d/f", facts, 0, 10))
                .satisfies(e -> assertThat(kindOf(e)).isIn(Kind.NOT_FOUND, Kind.PRECONDITION_FAILED));
        if (knowsDirectories()) {
            assertThat(names("d")).isEmpty();
            assertThatThrownBy(() -> list("nothing"))
                    .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.NOT_FOUND));
        } else {
            assertThat(names("nothing")).isEmpty();
        }
    }

    @Test
    void manyReadAtOnce() throws Exception {
        byte[] all = bytes(3 << 20, 11);
        put("shared", all);
        Facts facts = source().facts("shared");
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            int offset = i * 40_000;
            readers.add(Thread.ofVirtual().start(() -> {
                try {
                    assertThat(read("shared", facts, offset, 300_000))
                            .isEqualTo(Arrays.copyOfRange(all, offset, offset + 300_000));
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        for (Thread reader : readers) {
            reader.join();
        }
        assertThat(failures).isEmpty();
    }
}
