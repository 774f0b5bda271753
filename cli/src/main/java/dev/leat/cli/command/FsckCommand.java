package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Facts;
import dev.leat.cli.volume.VolumeCheck;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat fsck}. */
@Command(
        name = "fsck",
        mixinStandardHelpOptions = true,
        description = {
            "Checks a volume: that names, inodes, extents, blobs and objects agree. Clients may go on working.",
            "Exit code 0 when nothing is wrong or all of it was repaired, 1 when something is broken."
        },
        footer = {
            "",
            "Example: leat fsck sqlite:///var/lib/leat/v.db",
            "Example: leat fsck redis://localhost/1 --repair --json",
            "Example: leat fsck sqlite:///var/lib/leat/v.db --data"
        })
final class FsckCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "VOLUME", description = "Metadata URL of the volume.")
    private String source = "";

    @Option(names = "--repair", description = "Puts counts right that can be worked out from the rest.")
    private boolean repair;

    @Option(
            names = "--data",
            description =
                    "Reads all bytes in the store, too. Those of a compressed or encrypted volume are compared with "
                            + "their checksums.")
    private boolean data;

    @Option(
            names = "--scratch",
            paramLabel = "DIR",
            defaultValue = "${sys:java.io.tmpdir}",
            description = "Where temporary files go, about 41 bytes for each inode, extent and blob. "
                    + "Default: ${DEFAULT-VALUE}.")
    private Path scratch = Path.of("/tmp");

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        VolumeCheck.Result result = VolumeCheck.run(source, store, repair, data, scratch);
        if (!json) {
            result.problems().forEach(System.out::println);
        }
        Facts.print(System.out, json ? result.factsWithProblems() : result.facts(), json);
        if (!result.sound()) {
            throw CliException.failed("the volume has problems"
                    + (repair ? " that cannot be repaired" : "; --repair puts counts right") + ": see above");
        }
        return 0;
    }
}
