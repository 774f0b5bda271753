package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.volume.VolumeDump;
import dev.leat.meta.dump.DumpSummary;
import dev.leat.meta.engine.MetaUrl;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat load}. */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        description = {
            "Loads metadata that 'leat dump' wrote, or that mounts backed up into the store, into an empty place.",
            "Until --take-over says that the volume which was dumped is not used any more, nothing is deleted from the store."
        },
        footer = {
            "",
            "Example: leat load postgres://leat@db/leat /backup/v.dump --take-over",
            "Example: leat load sqlite:///var/lib/leat/v2.db --from-store s3://bucket/v --at 2026-11-20T12:00:00Z"
        })
final class LoadCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "VOLUME",
            description = "Metadata URL to load into; nothing may be there yet.")
    private String target = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "FILE|-",
            description = "The file to load, or - for standard input.")
    private @Nullable String file;

    @Option(names = "--from-store", paramLabel = "STORE", description = "Loads the last backup in this store instead.")
    private @Nullable String fromStore;

    @Option(names = "--at", paramLabel = "TIME", description = "The last backup of this time or before, in UTC.")
    private @Nullable String at;

    @Option(names = "--uuid", paramLabel = "UUID", description = "Which volume, if the store has backups of several.")
    private @Nullable UUID uuid;

    @Option(
            names = "--take-over",
            description =
                    "Makes the objects in the store this volume's: garbage is collected here, and no longer by the "
                            + "volume that was dumped.")
    private boolean takeOver;

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        DumpSummary loaded = load();
        if (takeOver) {
            VolumeDump.takeOver(loaded.volume(), store);
        }
        System.out.println(loaded.volume().name() + ": " + loaded.entries() + " entries loaded");
        if (!takeOver) {
            System.out.println("nothing is deleted from its store "
                    + loaded.volume().storeUrl() + " until the old volume is given up: leat config "
                    + MetaUrl.redact(target) + " --take-over");
        }
        return 0;
    }

    private DumpSummary load() throws IOException {
        String from = fromStore;
        String name = file;
        if (from != null && name == null) {
            return VolumeDump.fromStore(from, store, uuid, time(at), target);
        }
        if (name == null || from != null) {
            throw CliException.misused("give a file, - for standard input, or --from-store STORE");
        }
        if (at != null || uuid != null) {
            throw CliException.misused("--at and --uuid choose a backup: they need --from-store");
        }
        return name.equals("-") ? VolumeDump.fromStream(System.in, target) : VolumeDump.fromFile(Path.of(name), target);
    }

    private static @Nullable Instant time(@Nullable String text) {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw CliException.misused("'" + text + "' is no time; write it as 2026-11-20T12:00:00Z");
        }
    }
}
