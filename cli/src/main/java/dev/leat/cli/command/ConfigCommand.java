package dev.leat.cli.command;

import dev.leat.cli.option.LimitFlags;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Facts;
import dev.leat.cli.volume.VolumeConfig;
import dev.leat.cli.volume.VolumeStatus;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat config}. */
@Command(
        name = "config",
        mixinStandardHelpOptions = true,
        description = "Shows a volume's settings, or changes those that are given. "
                + "Mounts obey new limits and --trash-days at once, and see the rest when they are made anew.",
        footer = {
            "",
            "Example: leat config sqlite:///var/lib/leat/v.db --store file:///srv/leat/moved",
            "Example: leat config sqlite:///var/lib/leat/v.db --capacity 10TiB --inodes 100000000",
            "Example: leat config redis://localhost/1 --endpoint http://minio:9000 --json",
            "Example: leat config redis://localhost/1 --trash-days 7"
        })
final class ConfigCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "VOLUME", description = "Metadata URL of the volume.")
    private String source = "";

    @Option(
            names = "--store",
            paramLabel = "STORE",
            description = "Where the objects lie now, after they were moved: it must hold this volume's.")
    private @Nullable String newStore;

    @Option(
            names = "--trash-days",
            paramLabel = "DAYS",
            description = "How long removed files are kept, 0 for not at all. Mounts follow at once.")
    private @Nullable Integer trashDays;

    @Option(
            names = "--take-over",
            description = "Makes the store this incarnation's after a load, so that garbage in it is deleted again. "
                    + "Only when the volume that was dumped is not used any more.")
    private boolean takeOver;

    @Mixin
    private LimitFlags limits = new LimitFlags();

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        if (newStore != null || trashDays != null || !store.kept().isEmpty()) {
            VolumeConfig.change(source, newStore, store, trashDays);
        }
        if (limits.given()) {
            VolumeConfig.limit(source, limits.capacityBytes(), limits.inodes());
        }
        if (takeOver) {
            VolumeConfig.takeOver(source, store);
        }
        Facts.print(System.out, VolumeStatus.of(source), json);
        return 0;
    }
}
