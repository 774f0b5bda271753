package dev.leat.meta.fs;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.record.VolumeRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** A volume that is made and mounted before each test; each test method gets one of its own. */
@Timeout(300)
@SuppressWarnings("NullAway.Init") // Made before each test.
abstract class MountedVolume implements FsVolume {
    private final List<MetaEngine> clients = new ArrayList<>();
    private final List<VolumeFs> mounts = new ArrayList<>();
    private VolumeFs fs;

    /** Connects one more client to the one volume of this test, made at the first call. */
    protected abstract MetaEngine connect() throws Exception;

    @Override
    public final synchronized MetaEngine client() throws Exception {
        MetaEngine client = connect();
        clients.add(client);
        return client;
    }

    @Override
    public final VolumeFs fs() {
        return fs;
    }

    @Override
    public final VolumeFs mount(MountSpec spec) throws Exception {
        VolumeFs mounted = VolumeFs.mount(client(), spec);
        synchronized (mounts) {
            mounts.add(mounted);
        }
        return mounted;
    }

    /** How long the volume keeps what is removed. */
    protected int trashDays() {
        return 0;
    }

    /** How the file system under test is mounted. */
    protected MountSpec spec() {
        return MountSpec.of("test");
    }

    @BeforeEach
    final void format() throws Exception {
        Volumes.format(client(), VolumeRecord.create("test", "file:///nowhere", Map.of(), trashDays(), 1, "test"));
        fs = mount(spec());
    }

    @AfterEach
    final void unmount() {
        mounts.forEach(VolumeFs::close);
        clients.forEach(MetaEngine::close);
    }
}
