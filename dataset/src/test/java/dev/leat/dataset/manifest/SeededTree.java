package dev.leat.dataset.manifest;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/** Entries of a tree that a seed decides, with names that sort in unpleasant ways. */
public final class SeededTree {
    private static final String[] NAMES = {
        "a", "a!", "a-", "a.b", "a0", "A", "b b", "\u00f6", "\uffee", "\ud83d\ude00", "z".repeat(255), "%2f", "~"
    };

    private SeededTree() {}

    /** At least {@code entries} of them, in order, the root first. */
    public static List<ManifestEntry> of(long seed, int entries) {
        Random random = new Random(seed);
        TreeMap<String, ManifestEntry> all = new TreeMap<>(dev.leat.store.Keys.ORDER);
        List<String> directories = new ArrayList<>(List.of(""));
        all.put("", directory("", random));
        while (all.size() < entries) {
            String in = directories.get(random.nextInt(directories.size()));
            String name = random.nextInt(3) == 0 ? NAMES[random.nextInt(NAMES.length)] : "n" + random.nextInt(entries);
            String path = in.isEmpty() ? name : in + "/" + name;
            if (all.containsKey(path) || path.length() > 900) {
                continue;
            }
            int kind = random.nextInt(10);
            if (kind < 2) {
                all.put(path, directory(path, random));
                directories.add(path);
            } else {
                all.put(
                        path,
                        kind == 9 ? link(path, random) : file(path, random.nextInt(1 << 20), "e" + random.nextInt()));
            }
        }
        return new ArrayList<>(all.values());
    }

    /** A directory. */
    static ManifestEntry directory(String path, Random random) {
        return ManifestEntry.of(path, Facts.directory(random.nextInt(1_000_000)));
    }

    /** A file of a weak seal. */
    public static ManifestEntry file(String path, long sizeBytes, String validator) {
        return ManifestEntry.of(path, Facts.file(sizeBytes, 1_700_000_000_123L, validator));
    }

    private static ManifestEntry link(String path, Random random) {
        return ManifestEntry.of(
                path,
                new Facts(EntryKind.LINK, 3, 5, "v", new Facts.Permission(1000, 100, 0777), "t" + random.nextInt(100)));
    }
}
