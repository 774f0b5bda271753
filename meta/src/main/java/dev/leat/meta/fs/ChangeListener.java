package dev.leat.meta.fs;

/**
 * Hears what other clients of the volume changed, in commit order, within 100 ms. Called on one thread; must not block for
 * long and must not call back into the file system.
 */
public interface ChangeListener {
    /** Attributes or content of an inode changed. */
    void inodeChanged(long ino);

    /** A name was made, removed or now leads elsewhere. */
    void entryChanged(long parent, Name name);

    /** The feed is stale, or some of it was lost: nothing cached may be trusted. */
    void reset();

    /** The feed is fresh again: caching may resume. */
    void fresh();
}
