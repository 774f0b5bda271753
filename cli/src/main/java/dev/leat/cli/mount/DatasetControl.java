package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Carries out what commands ask the daemon of a mounted source for. */
final class DatasetControl implements ControlServer.Handler {
    private final DatasetStatus status;
    private final Telemetry telemetry;
    private final Path mountPoint;
    private final MountControl.Unmount unmount;

    DatasetControl(DatasetStatus status, Telemetry telemetry, Path mountPoint, MountControl.Unmount unmount) {
        this.status = status;
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
            case "profile" -> telemetry.minute();
            case "flush" -> Map.of("unpublished", 0); // nothing is ever written here
            case MountControl.UMOUNT -> umount(Boolean.TRUE.equals(arguments.get("force")));
            default ->
                throw CliException.failed(
                        "'" + command + "' is for volumes; " + mountPoint + " shows data in place, which is read only");
        };
    }

    private Map<String, ?> umount(boolean force) throws IOException {
        unmount.run(force);
        return Map.of("mountPoint", mountPoint.toString());
    }
}
