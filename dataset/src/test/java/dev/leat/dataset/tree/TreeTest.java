package dev.leat.dataset.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.store.StoreException;
import dev.leat.testing.Await;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the tree shows of a source that changes, is away, or shows what cannot be shown. */
class TreeTest {
    private final ScriptSource source = new ScriptSource("script://");
    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1_000);
    private Tree tree = new Tree(source, Freshness.DEFAULT, clock::get);

    @BeforeEach
    void someFiles() {
        source.put("a", 10, "v1");
        source.put("d/b", 20, "v1");
        source.put("d/c", 30, "v1");
    }

    @AfterEach
    void end() {
        tree.close();
    }

    private void fresh(boolean atOpen) {
        tree.close();
        tree = new Tree(source, new Freshness(Duration.ofMinutes(10), atOpen), clock::get);
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    private Node find(String path) throws StoreException {
        return Objects.requireNonNull(findOrNot(path), path);
    }

    private @Nullable Node findOrNot(String path) throws StoreException {
        Node at = tree.root();
        for (String name : path.split("/")) {
            at = at == null ? null : tree.lookup(at, name);
        }
        return at;
    }

    private List<String> names(Node directory) throws StoreException {
        return tree.list(directory).entries().stream().map(SourceEntry::name).toList();
    }

    @Test
    void namesAreAskedForOnceInTheirTime() throws Exception {
        assertThat(names(tree.root())).containsExactly("a", "d");
        assertThat(names(find("d"))).containsExactly("b", "c");
        assertThat(findOrNot("nothing")).isNull();
        assertThat(findOrNot("d/nothing")).isNull();
        assertThat(source.count("list")).isEqualTo(2);
        source.put("new", 1, "v1");
        pass(Duration.ofMinutes(9));
        assertThat(findOrNot("new")).isNull();
        assertThat(tree.nameTtlNs(tree.root())).isEqualTo(Duration.ofMinutes(1).toNanos());
        pass(Duration.ofMinutes(1));
        assertThat(find("new").facts().sizeBytes()).isEqualTo(1);
        assertThat(source.count("list")).isEqualTo(3);
    }

    @Test
    void numbersAreTheSameAtEachMount() throws Exception {
        long b = find("d/b").ino();
        long d = find("d").ino();
        assertThat(tree.ino(tree.root(), "d")).isEqualTo(d);
        assertThat(find("d").parentIno()).isEqualTo(tree.root().ino()).isEqualTo(1);
        fresh(false);
        assertThat(tree.ino(find("d"), "b")).as("before anybody looked").isEqualTo(b);
        assertThat(find("d/b").ino()).isEqualTo(b);
        assertThat(find("d").ino()).isEqualTo(d);
        assertThat(Objects.requireNonNull(tree.byIno(b)).path()).isEqualTo("d/b");
    }

    @Test
    void aListingThatTellsVersionsSparesAllQuestions() throws Exception {
        source.tellsVersions = true;
        source.tellsSizes = true;
        Node b = find("d/b");
        assertThat(tree.open(b)).isEqualTo(source.objects.get("d/b"));
        assertThat(source.count("facts")).isZero();
        source.put("d/b", 20, "v2");
        assertThat(tree.open(b)).as("in its time").isNotNull();
        pass(Duration.ofMinutes(10));
        Node other = find("d/b");
        assertThat(other).isNotSameAs(b);
        assertThat(other.id()).isNotEqualTo(b.id());
        assertThat(other.ino()).isEqualTo(b.ino());
        assertThat(tree.open(b)).as("the old version cannot be opened").isNull();
        assertThat(Objects.requireNonNull(tree.open(other)).validator()).isEqualTo("v2");
        assertThat(tree.stats().changedFiles()).isEqualTo(1);
        assertThat(source.count("facts")).isZero();
    }

    @Test
    void aRoundedLengthIsAskedFor() throws Exception {
        Node b = find("d/b");
        assertThat(b.facts().sizeBytes()).isEqualTo(20);
        assertThat(source.count("facts d/b")).isEqualTo(1);
        assertThat(tree.open(b)).isNotNull();
        assertThat(find("d/b")).isSameAs(b);
        assertThat(source.count("facts d/b")).as("in its time").isEqualTo(1);
        pass(Duration.ofMinutes(11));
        assertThat(find("d/b")).as("unchanged").isSameAs(b);
        assertThat(source.count("facts d/b")).isEqualTo(2);
    }

    @Test
    void whatAPageSaysOfALengthIsCheckedAtOpen() throws Exception {
        source.tellsSizes = true;
        Node b = find("d/b");
        assertThat(source.count("facts")).isZero();
        assertThat(Objects.requireNonNull(tree.open(b)).validator()).isEqualTo("v1");
        assertThat(source.count("facts")).isEqualTo(1);
        Node c = find("d/c");
        source.put("d/c", 31, "v2");
        assertThat(tree.open(c)).as("of another length than the page said").isNull();
        Node other = find("d/c");
        assertThat(other.facts().sizeBytes()).isEqualTo(31);
        assertThat(tree.open(other)).isNotNull();
    }

    @Test
    void withEtagEachOpenAsks() throws Exception {
        fresh(true);
        Node b = find("d/b");
        assertThat(tree.open(b)).isNotNull();
        assertThat(tree.open(b)).isNotNull();
        assertThat(source.count("facts d/b")).isEqualTo(3);
        source.put("d/b", 20, "v2");
        assertThat(tree.open(b)).isNull();
        assertThat(Objects.requireNonNull(tree.open(find("d/b"))).validator()).isEqualTo("v2");
        source.objects.remove("d/b");
        assertThat(tree.open(find("d/b"))).isNull();
        Node c = find("d/c");
        source.away = true;
        assertThatThrownBy(() -> tree.open(c)).hasMessageContaining("away");
    }

    @Test
    void aReaderWhoMetAnotherVersionMakesOthersAsk() throws Exception {
        source.tellsVersions = true;
        source.tellsSizes = true;
        Node b = find("d/b");
        assertThat(tree.open(b)).isNotNull();
        source.put("d/b", 21, "v2");
        tree.suspect(b);
        assertThat(tree.open(b)).isNull();
        Node other = find("d/b");
        assertThat(other.facts().sizeBytes()).as("though the listing is older").isEqualTo(21);
        assertThat(find("d/b")).isSameAs(other);
        assertThat(tree.open(other)).isNotNull();
        assertThat(source.count("facts")).isEqualTo(1);
    }

    @Test
    void whatIsRemovedIsGoneInTime() throws Exception {
        Node b = find("d/b");
        source.objects.remove("d/b");
        pass(Duration.ofMinutes(11));
        assertThat(tree.open(b)).isNull();
        assertThat(findOrNot("d/b")).isNull();
        assertThat(b.isGone()).isTrue();
    }

    @Test
    void aFileThatBecomesADirectoryIsAnotherNode() throws Exception {
        Node a = find("a");
        source.objects.remove("a");
        source.put("a/inside", 1, "v1");
        pass(Duration.ofMinutes(11));
        Node directory = find("a");
        assertThat(directory.isDirectory()).isTrue();
        assertThat(directory.ino()).isEqualTo(a.ino());
        assertThat(tree.open(a)).isNull();
        assertThat(names(directory)).containsExactly("inside");
    }

    @Test
    void aSourceThatIsAwayKeepsWhatIsKnown() throws Exception {
        Node b = find("d/b");
        pass(Duration.ofMinutes(11));
        source.away = true;
        assertThat(names(tree.root())).containsExactly("a", "d");
        assertThat(find("d/b")).isSameAs(b);
        assertThat(tree.open(b)).isNotNull();
        assertThatThrownBy(() -> find("a")).as("never looked at").hasMessageContaining("away");
        assertThat(tree.stats().overdueAnswers()).isPositive();
        int asked = source.asked.size();
        assertThat(find("d/b")).isSameAs(b);
        assertThat(source.asked).as("not again for some seconds").hasSize(asked);
        pass(Duration.ofSeconds(6));
        source.away = false;
        source.put("d/b", 22, "v2");
        assertThat(find("d/b").facts().sizeBytes()).isEqualTo(22);
    }

    @Test
    void namesThatCannotBeShownAreLeftOut() throws Exception {
        for (String name : List.of("", ".", "..", "nul\0", "\uFFFD", "x".repeat(256), "ü".repeat(128))) {
            source.put("odd/" + name, 1, "v1");
        }
        source.put("odd/" + "x".repeat(255), 1, "v1");
        source.put("odd/" + "ü".repeat(127), 1, "v1");
        source.put("odd/both", 1, "v1");
        source.put("odd/both/inside", 1, "v1");
        Listing listing = tree.list(find("odd"));
        assertThat(listing.entries().stream().map(SourceEntry::name))
                .containsExactly("both", "x".repeat(255), "ü".repeat(127));
        assertThat(find("odd/both").facts().kind()).isEqualTo(EntryKind.DIRECTORY);
        assertThat(names(find("odd/both"))).containsExactly("inside");
        assertThat(listing.hidden()).isEqualTo(8);
    }

    @Test
    void aSourceThatLeadsInACircleEnds() throws Exception {
        source.put("x/".repeat(200) + "f", 1, "v1");
        assertThatThrownBy(() -> find("x/".repeat(200) + "f"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("circle");
        assertThat(source.count("list")).isLessThan(150);
    }

    @Test
    void whoLooksAtOneAfterTheOtherIsExpected() throws Exception {
        for (int i = 0; i < 300; i++) {
            source.put("many/%03d".formatted(i), i, "v1");
        }
        find("many/000");
        Await.until("the next ones are looked up", () -> source.count("facts many/") >= 60);
        int before = source.count("facts");
        for (int i = 1; i < 30; i++) {
            assertThat(find("many/%03d".formatted(i)).facts().sizeBytes()).isEqualTo(i);
        }
        assertThat(source.count("facts many/0")).as("nothing twice").isLessThanOrEqualTo(100);
        find("many/200");
        find("many/290");
        Await.until("what was begun is done", () -> source.count("facts") >= before + 2);
        assertThat(source.count("facts many/2")).as("who jumps is not expected").isEqualTo(2);
    }

    @Test
    void whatTheKernelForgetsIsLetGo() throws Exception {
        // Alone in its directory: behind others the next ones are looked up, in the background.
        source.put("e/b", 20, "v1");
        Node b = find("e/b");
        Node d = find("e");
        assertThat(tree.lookedUp(b)).isTrue();
        assertThat(tree.lookedUp(b)).isTrue();
        assertThat(tree.lookedUp(d)).isTrue();
        long nodes = tree.stats().nodes();
        tree.forgotten(b.id(), 1);
        assertThat(tree.node(b.id())).isSameAs(b);
        tree.forgotten(b.id(), 1);
        assertThat(tree.node(b.id())).isNull();
        assertThat(tree.lookedUp(b)).as("a lookup that came too late").isFalse();
        tree.forgotten(d.id(), 1);
        assertThat(tree.node(d.id())).as("names are dear").isSameAs(d);
        assertThat(tree.stats().nodes()).isEqualTo(nodes - 1);
        Node again = find("e/b");
        assertThat(again).isNotSameAs(b);
        assertThat(again.ino()).isEqualTo(b.ino());
        assertThat(tree.lookedUp(again)).isTrue();
    }
}
