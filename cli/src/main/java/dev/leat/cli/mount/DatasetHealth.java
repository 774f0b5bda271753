package dev.leat.cli.mount;

import dev.leat.cache.CacheSnapshot;
import dev.leat.cli.report.PodSide;
import dev.leat.cli.worker.Peers;
import dev.leat.dataset.source.DetachableSource;
import dev.leat.fuse.mount.MountInfo;
import dev.leat.kube.report.DaemonReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Whether a read of mounted sources works, and what they were read for so far. */
final class DatasetHealth {
    private final DatasetParts parts;
    private final Path mountPoint;
    private final @Nullable PodSide pod;
    private final SourceReads reads = new SourceReads();

    DatasetHealth(DatasetParts parts, Path mountPoint, @Nullable PodSide pod) {
        this.parts = parts;
        this.mountPoint = mountPoint;
        this.pod = pod;
    }

    /**
     * Why a read would not work; null if it would. The mount is looked up in the table of mounts and not touched: a daemon that waits
     * for itself could not be ended.
     */
    @Nullable
    String problem() {
        try {
            if (!KernelMount.isDescriptor(mountPoint)
                    && MountInfo.at(mountPoint).isEmpty()) {
                return "nothing is mounted at " + mountPoint;
            }
        } catch (IOException e) {
            return "the table of mounts cannot be read: " + e.getMessage();
        }
        for (SourceTable.Live live : parts.sources().live()) {
            String why = reads.problem(live.source());
            if (why != null) {
                return why;
            }
        }
        return null;
    }

    /** What the operator is told. */
    DaemonReport report() {
        String problem = trouble();
        CacheSnapshot cache = parts.cache().stats();
        long local =
                cache.tiers().stream().mapToLong(CacheSnapshot.Tier::hitBytes).sum();
        long read = local + cache.missBytes();
        // Workers give whole blocks, of which no more than what was read counts.
        long remote = Math.min(cache.missBytes(), Peers.servedBytes(parts.peers()));
        return Objects.requireNonNull(pod).bare(problem).withReads(new DaemonReport.ReadCounts(read, local, remote));
    }

    /** What goes wrong now, also where what is cached can still be read. */
    private @Nullable String trouble() {
        for (SourceTable.Live live : parts.sources().live()) {
            DetachableSource.Answer last = live.source().last();
            if (last != null && last.failure() != null) {
                return live.source().location() + " does not answer: "
                        + last.failure().getMessage();
            }
        }
        return problem();
    }
}
