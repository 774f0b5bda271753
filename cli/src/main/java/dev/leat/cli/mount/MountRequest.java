package dev.leat.cli.mount;

import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.MountFlags;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.report.PodSide;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a user asked to be mounted.
 *
 * @param source the volume's metadata URL
 * @param mountPoint where
 * @param flags how
 * @param store how its store is reached
 * @param log where the log goes
 * @param pod who this is in a cluster; null for nobody
 * @param background whether the launcher has put this process into the background
 */
public record MountRequest(
        String source,
        Path mountPoint,
        MountFlags flags,
        StoreFlags store,
        LogOptions log,
        @Nullable PodSide pod,
        boolean background) {}
