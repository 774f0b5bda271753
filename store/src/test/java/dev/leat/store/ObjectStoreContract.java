package dev.leat.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.store.StoreException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The whole contract of an {@link ObjectStore}: objects, uploads and listings. A backend's test extends this. */
public abstract class ObjectStoreContract extends UploadContract {

    @Test
    void listsInOrderOfBytes() throws Exception {
        List<String> keys = List.of(
                "a!",
                "a",
                "a-b/x",
                "a.txt",
                "a/b",
                "a/b-c",
                "a0",
                "aa",
                "ab/c/d",
                "ab/c-d",
                "b",
                "z/\uFB01",
                "z/😀",
                "z/ä",
                "Z");
        // A file system cannot hold both a and a/b, so the two live in different folders.
        List<String> placed = new ArrayList<>();
        for (String key : keys) {
            String at = key.equals("a") ? "b-only/a" : key;
            placed.add(at);
            put(at, key);
        }
        placed.sort(Keys.ORDER);
        ListPage page = store.list("", null, null, 1000);
        assertThat(page.objects()).extracting(ObjectInfo::key).containsExactlyElementsOf(placed);
        assertThat(page.prefixes()).isEmpty();
        assertThat(page.truncated()).isFalse();
        for (ObjectInfo info : page.objects()) {
            ObjectInfo head = store.head(info.key());
            assertThat(info.sizeBytes()).isEqualTo(head.sizeBytes());
            assertThat(info.etag()).isEqualTo(head.etag());
        }
    }

    @Test
    void foldsAtTheDelimiter() throws Exception {
        for (String key : List.of("a/1", "a/2", "a/b/3", "a-x", "b", "c/d/e/f", "a.z/1")) {
            put(key, "x");
        }
        ListPage top = store.list("", "/", null, 100);
        assertThat(top.objects()).extracting(ObjectInfo::key).containsExactly("a-x", "b");
        assertThat(top.prefixes()).containsExactly("a.z/", "a/", "c/");
        ListPage inner = store.list("a/", "/", null, 100);
        assertThat(inner.objects()).extracting(ObjectInfo::key).containsExactly("a/1", "a/2");
        assertThat(inner.prefixes()).containsExactly("a/b/");
        ListPage partial = store.list("a", "/", null, 100);
        assertThat(partial.objects()).extracting(ObjectInfo::key).containsExactly("a-x");
        assertThat(partial.prefixes()).containsExactly("a.z/", "a/");
        ListPage without = store.list("c/d/e/f", "/", null, 100);
        assertThat(without.objects()).extracting(ObjectInfo::key).containsExactly("c/d/e/f");
    }

    @Test
    void filtersByPrefix() throws Exception {
        for (String key : List.of("data/a1", "data/a2", "data/b1", "data-x", "dat", "datb/c")) {
            put(key, "x");
        }
        assertThat(all("data/", null)).containsExactly("data/a1", "data/a2", "data/b1");
        assertThat(all("data/a", null)).containsExactly("data/a1", "data/a2");
        assertThat(all("data", null)).containsExactly("data-x", "data/a1", "data/a2", "data/b1");
        assertThat(all("dat", null)).hasSize(6);
        assertThat(all("data/a1", null)).containsExactly("data/a1");
        for (String none :
                List.of("nothing", "data/a1/", "data/c", "../", "/", "data//", "./", "data/../", "x".repeat(1100))) {
            assertThat(all(none, null)).as(none).isEmpty();
        }
    }

    @Test
    void goesOnAfterAKey() throws Exception {
        for (String key : List.of("a", "b/1", "b/2", "b/3", "b-", "c/1", "d")) {
            put(key, "x");
        }
        assertThat(after("", null, "a")).containsExactly("b-", "b/1", "b/2", "b/3", "c/1", "d");
        assertThat(after("", null, "b/1")).containsExactly("b/2", "b/3", "c/1", "d");
        assertThat(after("", null, "b/1x")).containsExactly("b/2", "b/3", "c/1", "d");
        assertThat(after("", null, "b")).containsExactly("b-", "b/1", "b/2", "b/3", "c/1", "d");
        assertThat(after("", null, "b-")).containsExactly("b/1", "b/2", "b/3", "c/1", "d");
        assertThat(after("", null, "b0")).containsExactly("c/1", "d");
        assertThat(after("", null, "d")).isEmpty();
        assertThat(after("b/", null, "a")).containsExactly("b/1", "b/2", "b/3");
        assertThat(after("b/", null, "b/2")).containsExactly("b/3");
        assertThat(after("b/", null, "c")).isEmpty();
        assertThat(after("", "/", "a")).containsExactly("b-", "b/", "c/", "d");
        assertThat(after("", "/", "b/")).containsExactly("c/", "d");
        assertThat(after("", "/", "b-")).containsExactly("b/", "c/", "d");
        assertThat(after("", "/", "c/")).containsExactly("d");
    }

    @Test
    void pagesCoverEverythingOnce() throws Exception {
        long seed = System.nanoTime();
        System.out.println("pagesCoverEverythingOnce: seed " + seed);
        Random random = new Random(seed);
        TreeSet<String> keys = new TreeSet<>(Keys.ORDER);
        String[] parts = {"a", "ab", "a-", "a.", "b", "é", "😀", "\uFB01"};
        while (keys.size() < 120) {
            StringBuilder key = new StringBuilder();
            for (int depth = random.nextInt(4); depth > 0; depth--) {
                key.append(parts[random.nextInt(parts.length)]).append('/');
            }
            // Leaves have a name that no folder has.
            keys.add(key + parts[random.nextInt(parts.length)] + "_" + random.nextInt(20));
        }
        for (String key : keys) {
            put(key, "x");
        }
        for (int limit : new int[] {1, 2, 7, 50, 1000}) {
            assertThat(paged("", null, limit)).containsExactlyElementsOf(keys);
            for (String prefix : List.of("", "a", "a/", "ab/", "é/", "a/a")) {
                TreeSet<String> folded = new TreeSet<>(Keys.ORDER);
                for (String key : keys) {
                    if (key.startsWith(prefix)) {
                        int slash = key.indexOf('/', prefix.length());
                        folded.add(slash < 0 ? key : key.substring(0, slash + 1));
                    }
                }
                assertThat(paged(prefix, "/", limit)).containsExactlyElementsOf(folded);
            }
        }
    }

    @Test
    void listingsSeeEveryAcknowledgedChange() throws Exception {
        for (int i = 0; i < 20; i++) {
            put("d/" + i, "x");
            assertThat(all("d/", null)).hasSize(i + 1);
        }
        for (int i = 0; i < 20; i++) {
            store.delete(List.of("d/" + i));
            assertThat(all("d/", null)).hasSize(19 - i);
        }
        assertThat(store.list("", "/", null, 10).prefixes()).isEmpty();
    }

    @Test
    void limitsAndDelimitersAreChecked() {
        assertKind(Kind.INVALID, () -> store.list("", null, null, 0));
        assertKind(Kind.INVALID, () -> store.list("", null, null, 1001));
        assertKind(Kind.INVALID, () -> store.list("", "-", null, 10));
    }

    private List<String> all(String prefix, @Nullable String delimiter) throws StoreException {
        return entries(store.list(prefix, delimiter, null, 1000));
    }

    private List<String> after(String prefix, @Nullable String delimiter, String after) throws StoreException {
        return entries(store.list(prefix, delimiter, after, 1000));
    }

    private List<String> paged(String prefix, @Nullable String delimiter, int limit) throws StoreException {
        List<String> entries = new ArrayList<>();
        String after = null;
        while (true) {
            ListPage page = store.list(prefix, delimiter, after, limit);
            List<String> some = entries(page);
            assertThat(some).hasSizeLessThanOrEqualTo(limit);
            entries.addAll(some);
            if (!page.truncated()) {
                return entries;
            }
            assertThat(some).isNotEmpty();
            after = some.getLast();
        }
    }

    private static List<String> entries(ListPage page) {
        List<String> entries = new ArrayList<>(page.prefixes());
        page.objects().forEach(info -> entries.add(info.key()));
        entries.sort(Keys.ORDER);
        return entries;
    }
}
