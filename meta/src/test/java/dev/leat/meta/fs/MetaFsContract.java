package dev.leat.meta.fs;

/**
 * What the file system promises on every engine, as tests. An engine's own test extends this and says how to connect.
 */
public abstract class MetaFsContract extends MountedVolume
        implements NamesContract,
                RenameContract,
                AttributeContract,
                XattrContract,
                LifeContract,
                CoherenceContract,
                RandomContract {}
