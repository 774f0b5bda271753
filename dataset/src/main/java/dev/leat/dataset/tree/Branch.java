package dev.leat.dataset.tree;

import dev.leat.dataset.source.Source;
import org.jspecify.annotations.Nullable;

/**
 * A source in the tree: where it is shown, and how it is trusted. Two branches are the same only if they are one object: a
 * source that is shown again is another branch.
 */
public final class Branch {
    private final int number;
    private final String name;
    private final String path;
    private final Source source;
    private final Freshness freshness;
    private final @Nullable Ownership ownership;

    /**
     * Describes one.
     *
     * @param number not used for any other branch of the tree, ever
     * @param name what messages call it
     * @param path where it is shown: names joined by slashes, empty for the root
     * @param ownership what files without owners are shown as; null for what the tree's are
     */
    public Branch(
            int number, String name, String path, Source source, Freshness freshness, @Nullable Ownership ownership) {
        this.number = number;
        this.name = name;
        this.path = path;
        this.source = source;
        this.freshness = freshness;
        this.ownership = ownership;
    }

    /** Its number in the tree, never used again. */
    public int number() {
        return number;
    }

    /** What it is called. */
    public String name() {
        return name;
    }

    /** Where in the tree it is shown. */
    public String path() {
        return path;
    }

    /** Where the data lies. */
    public Source source() {
        return source;
    }

    /** How long its answers are taken for true. */
    public Freshness freshness() {
        return freshness;
    }

    /** What its files are shown as where the source has no owners; null for what the tree's are. */
    public @Nullable Ownership ownership() {
        return ownership;
    }

    @Override
    public String toString() {
        return name + " at /" + path;
    }
}
