package dev.leat.meta.engine;

/** The kinds of calls of an engine that are counted apart. */
public enum EngineCall {
    /** {@link MetaEngine#get}. */
    GET,
    /** {@link MetaEngine#scan}. */
    SCAN,
    /** {@link MetaEngine#commit}. */
    COMMIT,
    /** {@link MetaEngine#sync}. */
    SYNC,
    /** {@link MetaEngine#feed}, which mostly waits for something to happen. */
    FEED,
    /** {@link MetaEngine#export}. */
    EXPORT
}
