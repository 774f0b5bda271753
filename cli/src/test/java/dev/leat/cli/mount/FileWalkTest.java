package dev.leat.cli.mount;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.VolumeRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Walks over trees that others change. */
final class FileWalkTest {
    @TempDir
    private Path folder = Path.of("");

    /** A directory that was listed may be gone before it is its turn. */
    @Test
    void whatOthersRemoveMeanwhileIsLeftOut() throws Exception {
        MetaUrl url = MetaUrl.parse("sqlite://" + folder.resolve("v.db"));
        try (MetaEngine engine = MetaEngines.open(url, OpenMode.CREATE)) {
            Volumes.format(engine, VolumeRecord.create("v", "file:///none", Map.of(), 0, 1, "test"));
            try (VolumeFs fs = VolumeFs.mount(engine, MountSpec.of("test"));
                    VolumeFs other = VolumeFs.mount(engine, MountSpec.of("other"))) {
                long stays = fs.create(MetaFs.ROOT, Name.of("stays"), NewNode.directory(0755, 0), Caller.ROOT)
                        .ino();
                fs.create(stays, Name.of("f"), NewNode.file(0644, 0), Caller.ROOT);
                fs.create(MetaFs.ROOT, Name.of("goes"), NewNode.directory(0755, 0), Caller.ROOT);
                fs.create(MetaFs.ROOT, Name.of("here"), NewNode.directory(0755, 0), Caller.ROOT);
                List<String> seen = new ArrayList<>();
                FileWalk.below(fs, MetaFs.ROOT, rows -> {
                    if (seen.isEmpty()) {
                        other.rmdir(MetaFs.ROOT, Name.of("goes"), Caller.ROOT);
                        fs.rmdir(MetaFs.ROOT, Name.of("here"), Caller.ROOT);
                    }
                    rows.stream().map(DirEntry::name).map(Name::toString).forEach(seen::add);
                });
                assertThat(seen).containsExactlyInAnyOrder("stays", "goes", "here", "f");
            }
        }
    }
}
