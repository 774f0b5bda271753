package dev.leat.dataset.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.dataset.source.DetachableSource;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.store.StoreException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a tree shows of several sources that come and go. */
class BranchesTest {
    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1_000);
    private final Tree tree = new Tree(clock::get, null, 0);
    private final ScriptSource outer = new ScriptSource("outer://");
    private final ScriptSource inner = new ScriptSource("inner://");
    private int numbers;

    @BeforeEach
    void someFiles() {
        outer.put("a", 10, "v1");
        outer.put("d/b", 20, "v1");
        outer.put("d/e/c", 30, "v1");
        inner.put("i", 40, "v1");
        inner.put("b", 50, "v2");
    }

    @AfterEach
    void end() {
        tree.close();
    }

    private Branch branch(String path, ScriptSource source) {
        return new Branch(numbers++, "n" + numbers, path, new DetachableSource(source), Freshness.DEFAULT, null);
    }

    private @Nullable Node find(String path) throws StoreException {
        Node at = tree.root();
        for (String name : path.split("/")) {
            at = at == null ? null : tree.lookup(at, name);
        }
        return at;
    }

    private Node there(String path) throws StoreException {
        return Objects.requireNonNull(find(path), path);
    }

    private List<String> names(Node directory) throws StoreException {
        return tree.list(directory).entries().stream().map(SourceEntry::name).toList();
    }

    private static List<String> told(List<Tree.Name> names) {
        return names.stream()
                .map(name -> name.directory().path() + "/" + name.name())
                .toList();
    }

    @Test
    void directoriesOnTheWayNeedNoSource() throws Exception {
        assertThat(names(tree.root())).isEmpty();
        assertThat(told(tree.attach(branch("x/y", outer)))).contains("/x");
        tree.attach(branch("x/z", inner));
        assertThat(names(tree.root())).containsExactly("x");
        assertThat(names(there("x"))).containsExactly("y", "z");
        assertThat(names(there("x/y"))).containsExactly("a", "d");
        assertThat(there("x/y/d/b").sourcePath()).isEqualTo("d/b");
        assertThat(there("x/y/d/b").path()).isEqualTo("x/y/d/b");
        assertThat(there("x").branch()).isNull();
        assertThat(tree.known(tree.root(), "x")).as("from memory").isSameAs(there("x"));
    }

    @Test
    void anInnerOneCoversAndUncovers() throws Exception {
        tree.attach(branch("", outer));
        Node covered = there("d/e/c");
        Node directory = there("d/e");
        Node beside = there("d/b");
        Branch in = branch("d/e", inner);
        tree.attach(in);
        assertThat(names(there("d"))).containsExactly("b", "e");
        assertThat(names(there("d/e"))).containsExactly("b", "i");
        assertThat(there("d/e")).as("keeps its number").isSameAs(directory);
        assertThat(covered.isGone()).isTrue();
        assertThat(tree.open(covered)).isNull();
        assertThat(there("d/b")).as("is left alone").isSameAs(beside);
        assertThat(there("d/e/b").facts().sizeBytes()).isEqualTo(50);
        tree.detach(in);
        assertThat(names(there("d/e"))).containsExactly("c");
        assertThat(there("d/e/c").ino())
                .as("the same path, the same inode number")
                .isEqualTo(covered.ino());
        assertThat(find("d/e/i")).isNull();
    }

    @Test
    void oneMayCoverAFileOrLieWhereTheOtherHasNothing() throws Exception {
        tree.attach(branch("", outer));
        Node file = there("a");
        Branch in = branch("a/sub", inner);
        Branch other = branch("new/sub", inner);
        assertThat(told(tree.attach(in))).contains("/a");
        tree.attach(other);
        assertThat(file.isGone()).isTrue();
        assertThat(there("a").isDirectory()).isTrue();
        assertThat(names(there("a"))).containsExactly("sub");
        assertThat(names(there("new"))).as("the source has no such directory").containsExactly("sub");
        assertThat(names(tree.root())).containsExactly("a", "d", "new");
        tree.detach(in);
        tree.detach(other);
        assertThat(there("a").isDirectory()).isFalse();
        assertThat(find("new")).isNull();
        assertThat(names(tree.root())).containsExactly("a", "d");
    }

    @Test
    void whatIsTakenAwayIsGoneAndItsInnerOneStays() throws Exception {
        Branch out = branch("x", outer);
        tree.attach(out);
        tree.attach(branch("x/d/in", inner));
        Node file = there("x/d/b");
        Node kept = there("x/d/in/i");
        assertThat(tree.open(file)).isNotNull();
        tree.detach(out);
        out.source().close();
        assertThat(file.isGone()).isTrue();
        assertThat(names(there("x"))).containsExactly("d");
        assertThat(names(there("x/d"))).containsExactly("in");
        assertThat(there("x/d/in/i")).isSameAs(kept);
        assertThatThrownBy(() -> out.source().facts("a")).hasMessageContaining("not mounted any more");
    }

    @Test
    void oneThatIsReplacedGivesNewNodesWithTheOldNumbers() throws Exception {
        Branch before = branch("x", outer);
        tree.attach(before);
        Node old = there("x/a");
        tree.lookedUp(old);
        Branch after = branch("x", outer);
        assertThat(told(tree.replace(before, after))).contains("/x");
        Node now = there("x/a");
        assertThat(now).isNotSameAs(old);
        assertThat(now.ino()).isEqualTo(old.ino());
        assertThat(tree.node(old.id())).as("the kernel knows it still").isSameAs(old);
        tree.forgotten(old.id(), 1);
        assertThat(tree.node(old.id())).isNull();
        assertThat(tree.node(now.id())).isSameAs(now);
    }

    @Test
    void theSamePathIsTakenOnce() {
        tree.attach(branch("x", outer));
        assertThatThrownBy(() -> tree.attach(branch("x", inner))).hasMessageContaining("already");
    }

    @Test
    void theKernelTakesNamesThatLeadToBranchesForTrueForASecond() throws Exception {
        tree.attach(branch("", outer));
        names(tree.root());
        long whole = tree.nameTtlNs(tree.root());
        tree.attach(branch("d/e", inner));
        names(tree.root());
        names(there("d"));
        assertThat(whole).isEqualTo(Freshness.DEFAULT.ttl().toNanos());
        assertThat(tree.nameTtlNs(tree.root())).isEqualTo(1_000_000_000);
        assertThat(tree.nameTtlNs(there("d"))).isEqualTo(1_000_000_000);
        names(there("d/e"));
        assertThat(tree.nameTtlNs(there("d/e"))).isEqualTo(whole);
    }

    @Test
    void aSourceThatIsTakenAwayIsClosedAfterItsLastUse() throws Exception {
        DetachableSource source = new DetachableSource(outer);
        assertThat(source.last()).isNull();
        boolean[] closedInside = new boolean[1];
        assertThatThrownBy(() -> source.list("", entry -> {
                    source.close();
                    closedInside[0] = outer.closed;
                    return true;
                }))
                .hasMessageContaining("not mounted any more");
        assertThat(closedInside[0]).isFalse();
        assertThat(outer.closed).isTrue();
        assertThatThrownBy(() -> source.facts("a")).hasMessageContaining("not mounted any more");
        source.close();
    }

    @Test
    void whatASourceTellsOfIsAskedForAgain() throws Exception {
        Branch out = branch("x", outer);
        tree.attach(out);
        Node b = there("x/d/b");
        names(there("x/d/e"));
        outer.put("d/b", 21, "v2");
        outer.put("new/deep/f", 1, "v1");
        assertThat(there("x/d/b")).as("nobody knows yet").isSameAs(b);
        assertThat(told(tree.changed(out, "d/b", false))).containsExactly("x/d/b");
        assertThat(there("x/d/b").facts().sizeBytes()).isEqualTo(21);
        assertThat(b.isGone()).isTrue();
        assertThat(find("x/new")).isNull();
        assertThat(told(tree.changed(out, "new/deep/f", false))).containsExactly("x/new");
        assertThat(there("x/new/deep/f")).isNotNull();
        outer.objects.remove("d/e/c");
        tree.changed(out, "d/e/c", true);
        assertThat(find("x/d/e")).as("it went with its last file").isNull();
        assertThat(tree.changed(branch("elsewhere", inner), "i", false)).isEmpty();
    }
}
