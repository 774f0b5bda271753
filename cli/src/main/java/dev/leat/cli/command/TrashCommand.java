package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.option.Durations;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
import dev.leat.cli.output.Table;
import dev.leat.cli.volume.TrashAccess;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat trash}. */
@Command(
        name = "trash",
        mixinStandardHelpOptions = true,
        description = {
            "Lists what was removed from a volume and is kept for a while, or deletes it for good.",
            "It is listed by the hour (UTC) in which it was removed. 'leat restore' puts it back. As root it can be looked "
                    + "at in .trash at the mount point."
        },
        footer = {
            "",
            "Example: leat trash list /mnt/volume",
            "Example: leat trash empty --older-than 6h redis://localhost/1"
        })
final class TrashCommand implements Callable<Integer> {
    /** What to do. */
    enum Action {
        LIST,
        EMPTY
    }

    @Parameters(index = "0", paramLabel = "list|empty", description = "What to do.")
    private Action action = Action.LIST;

    @Parameters(
            index = "1",
            paramLabel = "VOLUME|MOUNTPOINT",
            description = "Metadata URL of the volume, or where it is mounted.")
    private String subject = "";

    @Option(
            names = "--older-than",
            paramLabel = "DURATION",
            description = "With empty: only hours that were over that long ago. Default: all.")
    private @Nullable String olderThan;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        TrashAccess trash = new TrashAccess(subject);
        if (action == Action.EMPTY) {
            Map<String, Object> result = trash.empty(olderThan == null ? null : Durations.parse(olderThan));
            if (json) {
                Facts.print(System.out, result, true);
            } else {
                System.out.println(
                        "deleted " + Facts.number(result, "removed")
                                + " files and directories; their room comes back within minutes of a mount, or by 'leat gc --delete'");
            }
            return 0;
        }
        if (olderThan != null) {
            throw CliException.misused("--older-than goes with empty");
        }
        Map<String, Object> result = trash.list();
        if (json) {
            Facts.print(System.out, result, true);
        } else {
            print(result);
        }
        return 0;
    }

    private static void print(Map<String, Object> result) {
        long days = Facts.number(result, "trashDays");
        System.out.println(
                days == 0
                        ? "removed files are not kept ('leat config --trash-days' changes that)"
                        : "removed files are kept for " + days + (days == 1 ? " day" : " days"));
        if (result.get("buckets") instanceof List<?> buckets && !buckets.isEmpty()) {
            Table table = new Table("bucket", "files", "directories");
            for (Object each : buckets) {
                if (each instanceof Map<?, ?> bucket) {
                    table.row(
                            String.valueOf(bucket.get("bucket")),
                            String.valueOf(bucket.get("files")),
                            String.valueOf(bucket.get("directories")));
                }
            }
            System.out.print(table);
        } else {
            System.out.println("the trash is empty");
        }
    }
}
