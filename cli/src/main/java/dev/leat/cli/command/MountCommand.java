package dev.leat.cli.command;

import dev.leat.cli.mount.MountDaemon;
import dev.leat.cli.mount.MountRequest;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.MountFlags;
import dev.leat.cli.option.StoreFlags;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat mount}. */
@Command(
        name = "mount",
        mixinStandardHelpOptions = true,
        description = "Mounts a volume; it is ready when the command returns.",
        footer = {
            "",
            "Example: leat mount sqlite:///var/lib/leat/v.db /mnt/v --cache-dir /var/cache/leat --cache-size 50GiB"
        })
final class MountCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "VOLUME", description = "Metadata URL of the volume.")
    private String source = "";

    @Parameters(index = "1", paramLabel = "MOUNTPOINT", description = "An empty directory, or /dev/fd/N.")
    private Path mountPoint = Path.of("");

    @Option(
            names = {"-f", "--foreground"},
            description = "Stays in the foreground; Ctrl-C unmounts.")
    private boolean foreground;

    @Option(names = "--daemon", hidden = true, description = "Set by the launcher: log to a file, report readiness.")
    private boolean daemon;

    @Mixin
    private MountFlags flags = new MountFlags();

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws Exception {
        boolean background = daemon && !foreground;
        MountRequest request = new MountRequest(source, mountPoint, flags, store, log, background);
        try (MountDaemon mounted = MountDaemon.start(request)) {
            System.out.println((background ? "leat-ready " : "") + mounted.announcement());
            System.out.flush();
            mounted.awaitEnd();
        }
        return 0;
    }
}
