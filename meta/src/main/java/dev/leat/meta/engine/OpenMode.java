package dev.leat.meta.engine;

/** What opening an engine may do to the place that its URL names. */
public enum OpenMode {
    /** Makes the file or tables if there are none; what is there already is opened as it is. */
    CREATE,
    /** Opens what is there; where there is nothing, fails with NOT_FOUND and leaves nothing behind. */
    EXISTING
}
