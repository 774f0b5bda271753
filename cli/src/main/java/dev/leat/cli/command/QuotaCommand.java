package dev.leat.cli.command;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.cli.control.MountedPath;
import dev.leat.cli.option.LimitFlags;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
import dev.leat.cli.output.Json;
import dev.leat.cli.output.Table;
import dev.leat.cli.volume.JoinedVolume;
import dev.leat.cli.volume.VolumeQuotas;
import dev.leat.cli.volume.VolumeQuotas.Action;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat quota}. */
@Command(
        name = "quota",
        mixinStandardHelpOptions = true,
        description = {
            "Limits what lies below a directory: set, get, list, delete, or check, which counts anew.",
            "Works on a volume by its metadata URL with --path, or on a path inside a mount. Mounts obey at once.",
            "The limits of a whole volume are set by 'leat config'."
        },
        footer = {
            "",
            "Example: leat quota set /mnt/v/team --capacity 500GiB --inodes 1000000",
            "Example: leat quota set redis://localhost/1 --path /team --capacity 1TiB",
            "Example: leat quota check sqlite:///var/lib/leat/v.db --repair"
        })
final class QuotaCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "ACTION", description = "One of set, get, list, delete, check.")
    private Action action = Action.LIST;

    @Parameters(
            index = "1",
            paramLabel = "VOLUME|PATH",
            description = "Metadata URL of the volume, or a path inside a mount.")
    private String target = "";

    @Option(
            names = "--path",
            paramLabel = "DIR",
            description =
                    "The directory, from the volume's root, or from the path in the mount. check without it checks all.")
    private @Nullable String path;

    @Mixin
    private LimitFlags limits = new LimitFlags();

    @Option(names = "--repair", description = "With check: records what was counted.")
    private boolean repair;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        requireSense();
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("action", action.name().toLowerCase(Locale.ROOT));
        put(request, "bytesMax", limits.capacityBytes());
        put(request, "inodesMax", limits.inodes());
        request.put("repair", repair);
        Map<?, ?> answer = target.contains("://") ? offline(request) : online(request);
        if (json) {
            System.out.println(Json.pretty(answer));
        } else {
            System.out.print(text(answer));
        }
        if (action == Action.CHECK && !Boolean.TRUE.equals(answer.get("right"))) {
            throw CliException.failed("what is recorded differs from what was counted; --repair records it");
        }
        return 0;
    }

    private void requireSense() {
        if (action == Action.SET && !limits.given()) {
            throw CliException.misused("give --capacity SIZE, --inodes N or both");
        }
        if (action != Action.SET && limits.given()) {
            throw CliException.misused("--capacity and --inodes belong to 'leat quota set'");
        }
        if (action != Action.CHECK && repair) {
            throw CliException.misused("--repair belongs to 'leat quota check'");
        }
        if (target.contains("://") && path == null && action != Action.LIST && action != Action.CHECK) {
            throw CliException.misused("give --path DIR, the directory inside the volume");
        }
    }

    private Map<?, ?> offline(Map<String, Object> request) throws IOException {
        put(request, "path", path);
        try (JoinedVolume volume = JoinedVolume.open(target, "quota")) {
            return VolumeQuotas.run(volume.fs(), request);
        }
    }

    private Map<?, ?> online(Map<String, Object> request) throws IOException {
        MountedPath mounted = MountedPath.of(Path.of(target));
        // Of a mount point, check means everything; of a directory in it, that one.
        boolean everything = action == Action.CHECK && path == null && mounted.isMountPoint();
        put(request, "path", path == null && !everything ? "" : path);
        return mounted.call("quota", request, _ -> {});
    }

    private static void put(Map<String, Object> request, String name, @Nullable Object value) {
        if (value != null) {
            request.put(name, value);
        }
    }

    private String text(Map<?, ?> answer) {
        return switch (action) {
            case LIST -> limits(answer.get("quotas") instanceof List<?> rows ? rows : List.of());
            case CHECK -> checked(answer.get("checked") instanceof List<?> rows ? rows : List.of());
            case DELETE -> answer.get("path") + " has no quota any more\n";
            case SET, GET -> limits(List.of(answer));
        };
    }

    private static String limits(List<?> rows) {
        Table table = new Table("PATH", "CAPACITY", "USED", "USE%", "INODES", "IUSED", "IUSE%");
        for (Object row : rows) {
            if (row instanceof Map<?, ?> quota) {
                long bytes = Facts.number(quota, "capacityBytes");
                long inodes = Facts.number(quota, "inodesMax");
                table.row(
                        String.valueOf(quota.get("path")),
                        bytes == 0 ? "unlimited" : ByteSize.format(bytes),
                        ByteSize.format(Facts.number(quota, "usedBytes")),
                        share(Facts.number(quota, "usedBytes"), bytes),
                        inodes == 0 ? "unlimited" : String.format(Locale.ROOT, "%,d", inodes),
                        String.format(Locale.ROOT, "%,d", Facts.number(quota, "usedInodes")),
                        share(Facts.number(quota, "usedInodes"), inodes));
            }
        }
        return table.toString();
    }

    private static String checked(List<?> rows) {
        Table table = new Table("PATH", "RECORDED", "COUNTED", "INODES", "COUNTED", "");
        for (Object row : rows) {
            if (row instanceof Map<?, ?> one) {
                table.row(
                        String.valueOf(one.get("path")),
                        Facts.number(one, "recordedBytes") + "B",
                        Facts.number(one, "foundBytes") + "B",
                        Long.toString(Facts.number(one, "recordedInodes")),
                        Long.toString(Facts.number(one, "foundInodes")),
                        Boolean.FALSE.equals(one.get("exact"))
                                ? "busy"
                                : Boolean.TRUE.equals(one.get("right"))
                                        ? "right"
                                        : Boolean.TRUE.equals(one.get("repaired")) ? "repaired" : "wrong");
            }
        }
        return table.toString();
    }

    private static String share(long used, long most) {
        return most == 0 ? "" : String.format(Locale.ROOT, "%.0f%%", 100.0 * used / most);
    }
}
