package dev.leat.dataset.seal;

/** Hears how far a piece of work is. */
@FunctionalInterface
public interface Advance {
    /** So many more files and bytes are done. */
    void add(long files, long bytes);
}
