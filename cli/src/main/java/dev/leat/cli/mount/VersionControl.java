package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Carries out what commands ask the daemon of a mounted version for. */
final class VersionControl implements ControlServer.Handler {
    private final VersionStatus status;
    private final VersionParts parts;
    private final WarmupJobs warmups;
    private final Telemetry telemetry;
    private final Path mountPoint;
    private final MountControl.Unmount unmount;

    VersionControl(
            VersionStatus status,
            VersionParts parts,
            WarmupJobs warmups,
            Telemetry telemetry,
            Path mountPoint,
            MountControl.Unmount unmount) {
        this.status = status;
        this.parts = parts;
        this.warmups = warmups;
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
            case "warmup" ->
                Boolean.TRUE.equals(arguments.get("background"))
                        ? warmups.start(arguments)
                        : SourceWarmup.of(parts, arguments).run(progress);
            case "flush" -> Map.of("unpublished", 0); // nothing is ever written here
            case MountControl.UMOUNT -> {
                unmount.run(Boolean.TRUE.equals(arguments.get("force")));
                yield Map.of("mountPoint", mountPoint.toString());
            }
            default ->
                throw CliException.failed("'" + command + "' is for volumes; " + mountPoint
                        + " shows a sealed version, which never changes");
        };
    }
}
