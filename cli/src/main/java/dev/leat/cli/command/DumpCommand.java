package dev.leat.cli.command;

import dev.leat.cli.option.LogOptions;
import dev.leat.cli.volume.VolumeDump;
import dev.leat.meta.dump.DumpSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat dump}. */
@Command(
        name = "dump",
        mixinStandardHelpOptions = true,
        description =
                "Writes all metadata of a volume into one file that every engine can load. Clients may go on working.",
        footer = {
            "",
            "Example: leat dump redis://localhost/1 /backup/v.dump",
            "Example: leat dump sqlite:///var/lib/leat/v.db - | ssh other leat load postgres://… -"
        })
final class DumpCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "VOLUME", description = "Metadata URL of the volume.")
    private String source = "";

    @Parameters(index = "1", paramLabel = "FILE|-", description = "The file to write, or - for standard output.")
    private String file = "";

    @Option(names = "--force", description = "Replaces the file if there is one.")
    private boolean force;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        if (file.equals("-")) {
            DumpSummary summary = VolumeDump.toStream(source, System.out);
            if (System.out.checkError()) {
                throw new IOException("standard output was closed before the dump was complete");
            }
            System.err.println("leat: " + summary.volume().name() + ": " + summary.entries() + " entries dumped");
            return 0;
        }
        DumpSummary summary = VolumeDump.toFile(source, Path.of(file), force);
        System.out.println(summary.volume().name() + ": " + summary.entries() + " entries dumped to " + file);
        return 0;
    }
}
