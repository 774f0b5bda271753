package dev.leat.cli.command;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
import dev.leat.cli.volume.TrashAccess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat restore}. */
@Command(
        name = "restore",
        mixinStandardHelpOptions = true,
        description = {
            "Puts removed files and directories back where they were, or tells what could be.",
            "A directory comes back before what was in it. What has something else in its place stays in the trash, and "
                    + "is told; nothing is overwritten."
        },
        footer = {
            "",
            "Example: leat restore /mnt/volume 2026-11-21-14",
            "Example: leat restore redis://localhost/1 2026-11-21-14 2026-11-21-15 --put-back"
        })
final class RestoreCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "VOLUME|MOUNTPOINT",
            description = "Metadata URL of the volume, or where it is mounted.")
    private String subject = "";

    @Parameters(
            index = "1..*",
            paramLabel = "BUCKET",
            description = "Hours (UTC) as 'leat trash list' shows them. Default: all.")
    private List<String> buckets = new ArrayList<>();

    @Option(names = "--put-back", description = "Does it. Default: only tells what would be put back.")
    private boolean putBack;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        Map<String, Object> result = new TrashAccess(subject).restore(buckets, putBack);
        long kept = Facts.number(result, "kept");
        if (json) {
            Facts.print(System.out, result, true);
        } else {
            print(result);
        }
        if (kept > 0) {
            throw CliException.failed(kept + (putBack ? " could not be put back" : " cannot be put back")
                    + "; move what is in their way, or take them out of .trash by hand as root");
        }
        return 0;
    }

    private void print(Map<String, Object> result) {
        long told = 0;
        if (result.get("items") instanceof List<?> items) {
            for (Object each : items) {
                if (each instanceof Map<?, ?> item) {
                    told++;
                    Object why = item.get("why");
                    System.out.println(item.get("path")
                            + (why == null
                                    ? ""
                                    : ": " + why + " (in the trash: " + item.get("bucket") + "/" + item.get("entry")
                                            + ")"));
                }
            }
        }
        long files = Facts.number(result, "files");
        long directories = Facts.number(result, "directories");
        long left = Facts.number(result, "kept") + (putBack ? 0 : files + directories) - told;
        if (left > 0) {
            System.out.println("and " + left + " more");
        }
        System.out.println((putBack ? "put back " : "to be put back with --put-back: ") + files + " files, "
                + ByteSize.format(Facts.number(result, "bytes")) + ", and " + directories + " directories");
    }
}
