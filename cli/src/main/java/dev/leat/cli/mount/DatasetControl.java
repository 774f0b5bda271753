package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.option.SourceSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Carries out what commands ask the daemon of a mounted source for. */
final class DatasetControl implements ControlServer.Handler {
    private final DatasetStatus status;
    private final DatasetParts parts;
    private final WarmupJobs warmups;
    private final SourceMeasure measure;
    private final Telemetry telemetry;
    private final Path mountPoint;
    private final MountControl.Unmount unmount;

    DatasetControl(
            DatasetStatus status,
            DatasetParts parts,
            WarmupJobs warmups,
            SourceMeasure measure,
            Telemetry telemetry,
            Path mountPoint,
            MountControl.Unmount unmount) {
        this.status = status;
        this.parts = parts;
        this.warmups = warmups;
        this.measure = measure;
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
            case "mounts" -> mounts(arguments);
            case "warmup" ->
                Boolean.TRUE.equals(arguments.get("background"))
                        ? warmups.start(arguments)
                        : SourceWarmup.of(parts, arguments).run(progress);
            case "info" -> new SourceFacts(parts).info(arguments, progress);
            case "measure" -> measure(arguments, progress);
            case "profile" -> telemetry.minute();
            case "flush" -> Map.of("unpublished", 0); // nothing is ever written here
            case MountControl.UMOUNT -> umount(Boolean.TRUE.equals(arguments.get("force")));
            default ->
                throw CliException.failed(
                        "'" + command + "' is for volumes; " + mountPoint + " shows data in place, which is read only");
        };
    }

    private Map<String, ?> measure(Map<?, ?> arguments, ControlServer.Progress progress) throws IOException {
        if (Boolean.TRUE.equals(arguments.get("background"))) {
            measure.start();
            return measure.total();
        }
        return measure.run(progress);
    }

    /**
     * Changes which sources are shown, and tells which are: {@code action} is {@code add} or {@code set} with {@code mounts}, {@code
     * remove} with {@code names}, or {@code list}. To set is to make them be exactly these, beside those that a file names.
     */
    private Map<String, ?> mounts(Map<?, ?> arguments) throws IOException {
        String action = String.valueOf(arguments.get("action"));
        switch (action) {
            case "list" -> {}
            case "add" -> parts.sources().add(specs(arguments));
            case "set" -> parts.sources().set(SourceTable.Owner.COMMAND, specs(arguments));
            case "remove" -> {
                List<String> names = new ArrayList<>();
                if (arguments.get("names") instanceof List<?> all) {
                    all.forEach(name -> names.add(String.valueOf(name)));
                }
                parts.sources().remove(names);
            }
            default -> throw CliException.failed("mounts cannot be asked to '" + action + "'");
        }
        return Map.of("mounts", status.mounts());
    }

    private static List<SourceSpec> specs(Map<?, ?> arguments) {
        List<SourceSpec> specs = new ArrayList<>();
        if (arguments.get("mounts") instanceof List<?> mounts) {
            for (Object mount : mounts) {
                if (!(mount instanceof Map<?, ?> fields)) {
                    throw CliException.failed("a mount must be an object with name and source");
                }
                specs.add(SourceSpec.of(fields));
            }
        }
        return specs;
    }

    private Map<String, ?> umount(boolean force) throws IOException {
        unmount.run(force);
        return Map.of("mountPoint", mountPoint.toString());
    }
}
