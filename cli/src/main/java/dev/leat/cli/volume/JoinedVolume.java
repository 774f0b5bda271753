package dev.leat.cli.volume;

import dev.leat.cli.Version;
import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.VolumeFs;
import java.io.IOException;

/** A volume's metadata, joined as a client by a command that works on names and needs no store. */
public final class JoinedVolume implements AutoCloseable {
    private final MetaEngine engine;
    private final VolumeFs fs;

    private JoinedVolume(MetaEngine engine, VolumeFs fs) {
        this.engine = engine;
        this.fs = fs;
    }

    /**
     * Joins to change things; fails with one line for the user.
     *
     * @param command how other clients see it
     */
    public static JoinedVolume open(String source, String command) throws IOException {
        return open(source, spec(command));
    }

    /** Joins to look at things, which other clients do not see. */
    public static JoinedVolume openReadOnly(String source, String command) throws IOException {
        return open(source, spec(command).asReadOnly());
    }

    private static MountSpec spec(String command) {
        return MountSpec.of("leat " + command).withVersion(Version.text());
    }

    private static JoinedVolume open(String source, MountSpec spec) throws IOException {
        MetaEngine engine = MetaEngines.open(MetaUrl.parse(source), OpenMode.EXISTING);
        boolean done = false;
        try {
            VolumeFs fs = VolumeFs.mount(engine, spec);
            done = true;
            return new JoinedVolume(engine, fs);
        } finally {
            if (!done) {
                engine.close();
            }
        }
    }

    /** The file system in the metadata. */
    public VolumeFs fs() {
        return fs;
    }

    @Override
    public void close() {
        fs.close();
        engine.close();
    }
}
