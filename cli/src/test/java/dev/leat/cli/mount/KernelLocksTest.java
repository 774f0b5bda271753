package dev.leat.cli.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.LockIn;
import dev.leat.fuse.wire.LockRange;
import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.FileLock;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.VolumeRecord;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose locks are whose. */
final class KernelLocksTest {
    /** A place in the kernel's memory. */
    private static final long OWNER = 0x1234;

    @TempDir
    private Path folder = Path.of("");

    private static LockIn flock(long handle, long owner) {
        return new LockIn(handle, owner, new LockRange(0, Long.MAX_VALUE, Fuse.F_WRLCK, 1), true, false);
    }

    /** A program closes a file, opens it again and locks it, before the end of the first has come here. */
    @Test
    void theEndOfAnOpenFileTakesNoLockOfTheNextOne() throws Exception {
        MetaUrl url = MetaUrl.parse("sqlite://" + folder.resolve("v.db"));
        try (MetaEngine engine = MetaEngines.open(url, OpenMode.CREATE)) {
            Volumes.format(engine, VolumeRecord.create("v", "file:///none", Map.of(), 0, 1, "test"));
            try (VolumeFs fs = VolumeFs.mount(engine, MountSpec.of("test"))) {
                long ino = fs.create(MetaFs.ROOT, Name.of("f"), NewNode.file(0644, 0), Caller.ROOT)
                        .ino();
                fs.setlk(ino, KernelLocks.lock(flock(1, OWNER)));
                assertThatThrownBy(() -> fs.setlk(ino, KernelLocks.lock(flock(2, OWNER))))
                        .as("another open file waits, whatever the kernel calls it")
                        .isInstanceOf(FsException.class);
                fs.unlockAll(ino, FileLock.Kind.FLOCK, 1);
                fs.setlk(ino, KernelLocks.lock(flock(2, OWNER)));
                fs.unlockAll(ino, FileLock.Kind.FLOCK, 1);
                assertThatThrownBy(() -> fs.setlk(ino, KernelLocks.lock(flock(3, OWNER + 1))))
                        .isInstanceOf(FsException.class);
                fs.unlockAll(ino, FileLock.Kind.FLOCK, 2);
                fs.setlk(ino, KernelLocks.lock(flock(3, OWNER + 1)));
            }
        }
    }

    @Test
    void locksOfRangesBelongToProcesses() {
        LockIn in = new LockIn(1, OWNER, new LockRange(3, 9, Fuse.F_RDLCK, 77), false, false);
        assertThat(KernelLocks.lock(in).owner()).isEqualTo(OWNER);
        assertThat(KernelLocks.range(KernelLocks.lock(in))).isEqualTo(in.range());
    }
}
