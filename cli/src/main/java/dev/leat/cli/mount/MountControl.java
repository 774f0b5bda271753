package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.volume.VolumeQuotas;
import dev.leat.vfs.Vfs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Carries out what commands ask the daemon of a mount for. */
final class MountControl implements ControlServer.Handler {
    private final MountStatus status;
    private final MountParts parts;
    private final Telemetry telemetry;
    private final Path mountPoint;
    private final Unmount unmount;

    /** Takes the mount out of the tree. */
    @FunctionalInterface
    interface Unmount {
        void run(boolean lazy) throws IOException;
    }

    MountControl(MountStatus status, MountParts parts, Telemetry telemetry, Path mountPoint, Unmount unmount) {
        this.status = status;
        this.parts = parts;
        this.telemetry = telemetry;
        this.mountPoint = mountPoint;
        this.unmount = unmount;
    }

    @Override
    public Map<String, ?> handle(String command, Map<?, ?> arguments, ControlServer.Progress progress)
            throws IOException {
        return switch (command) {
            case "status" -> status.live();
            case "stats" -> telemetry.exposition().values();
            case "warmup" -> Warmup.run(parts, arguments, progress);
            case "flush" -> flush();
            case "info" -> new PathFacts(parts.meta()).info(inode(arguments));
            case "summary" -> summary(inode(arguments), arguments);
            case "quota" -> VolumeQuotas.run(parts.meta(), arguments);
            case "umount" -> umount(Boolean.TRUE.equals(arguments.get("force")));
            default ->
                throw CliException.failed("this daemon does not know '" + command
                        + "'; it is of another version than this command: remount with the new one");
        };
    }

    private static long inode(Map<?, ?> arguments) {
        if (arguments.get("inode") instanceof Long inode) {
            return inode;
        }
        throw CliException.failed("the request names no inode");
    }

    private Map<String, ?> summary(long inode, Map<?, ?> arguments) throws IOException {
        PathFacts facts = new PathFacts(parts.meta());
        Map<String, @Nullable Object> summary = facts.summary(inode);
        if (arguments.get("entries") instanceof Long entries && entries > 0) {
            summary.put("entries", facts.entries(inode, (int) Math.min(entries, 10_000)));
        }
        return summary;
    }

    private Map<String, ?> flush() {
        List<Vfs.Unpublished> failed = parts.vfs().publishAll();
        if (!failed.isEmpty()) {
            throw CliException.failed(failed.size() + " files could not be published, the first because: "
                    + failed.getFirst().error().getMessage());
        }
        return Map.of("unpublished", 0);
    }

    private Map<String, ?> umount(boolean force) throws IOException {
        if (!force) {
            flush();
        }
        unmount.run(force);
        return Map.of("mountPoint", mountPoint.toString());
    }
}
