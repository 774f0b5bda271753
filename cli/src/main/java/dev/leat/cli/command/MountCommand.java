package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.mount.DatasetDaemon;
import dev.leat.cli.mount.MountDaemon;
import dev.leat.cli.mount.MountRequest;
import dev.leat.cli.mount.Mounted;
import dev.leat.cli.mount.VersionDaemon;
import dev.leat.cli.option.DatasetFlags;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.MountFlags;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.option.TreeFile;
import dev.leat.cli.option.VersionFlags;
import dev.leat.cli.report.DatasetFileFlags;
import dev.leat.cli.report.PodSide;
import dev.leat.dataset.SourceUrl;
import dev.leat.dataset.registry.VersionRef;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code leat mount}. */
@Command(
        name = "mount",
        mixinStandardHelpOptions = true,
        description = "Mounts a volume, or data in place where it lies; it is ready when the command returns.",
        footer = {
            "",
            "Example: leat mount sqlite:///var/lib/leat/v.db /mnt/v --cache-dir /var/cache/leat --cache-size 50GiB",
            "Example: leat mount https://archive.apache.org/dist/spark/ /mnt/spark",
            "Example: leat mount s3://bucket/imagenet /mnt/imagenet --freshness etag",
            "Example: leat mount dataset://imagenet@v3 /mnt/imagenet --registry s3://bucket/registry",
            "Example: leat mount training.yaml /mnt/training",
            "Example: leat mount none /mnt/data --add-mount spark=https://archive.apache.org/dist/spark/ --add-mount nfs=file:///nfs/sets,path=/sets"
        })
final class MountCommand implements Callable<Integer> {
    /** What only a mount with metadata, or one that can write, has. */
    private static final List<String> VOLUMES_ONLY = List.of(
            "--work-dir",
            "--subdir",
            "--durability",
            "--close",
            "--lease",
            "--upload-limit",
            "--backup-meta",
            "--compact-limit",
            "--compact-extents",
            "--sse");

    /** What only data that may change has, or whose files are opened here. */
    private static final List<String> NEVER_SEALED = List.of(
            "--freshness", "--passthrough", "--add-mount", "--notify", "--notify-secret-file", "--listing-size");

    @Parameters(
            index = "0",
            paramLabel = "SOURCE",
            description =
                    "Metadata URL of a volume; or where data lies that is mounted in place, read only: s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX, abfss://CONTAINER@ACCOUNT/PREFIX, hdfs:// or webhdfs://HOST:PORT/PATH, http(s)://HOST/PATH/ with index pages, file:///DIRECTORY; "
                            + "or a .yaml file that names several such, which is followed when it changes; or 'none', to show what --add-mount names; "
                            + "or a sealed version, dataset://NAME@VERSION. Left out with --dataset.")
    private String source = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "MOUNTPOINT",
            description = "An empty directory, or /dev/fd/N.")
    private @Nullable Path mountPoint;

    @Option(
            names = {"-f", "--foreground"},
            description = "Stays in the foreground; Ctrl-C unmounts.")
    private boolean foreground;

    /** Scripts say it; the launcher does it anyway. */
    @Option(
            names = {"-d", "--background"},
            description = "Returns when the mount is ready, which is the default.")
    private boolean inBackground;

    @Option(names = "--daemon", hidden = true, description = "Set by the launcher: log to a file, report readiness.")
    private boolean daemon;

    @Mixin
    private MountFlags flags = new MountFlags();

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Mixin
    private DatasetFlags dataset = new DatasetFlags();

    @Mixin
    private DatasetFileFlags inCluster = new DatasetFileFlags();

    @Mixin
    private VersionFlags version = new VersionFlags();

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws Exception {
        if (inBackground && foreground) {
            throw CliException.misused("--background and --foreground exclude each other; leave out one");
        }
        boolean background = daemon && !foreground;
        PodSide pod = inCluster.side("fuse", null);
        Path at = mountPoint;
        Path file = inCluster.file();
        if (file != null) {
            if (at != null) {
                throw CliException.misused("--dataset names the sources; leave out " + source);
            }
            at = Path.of(source);
            source = file.toString();
        } else if (at == null) {
            throw CliException.misused("name the directory where " + source + " is to be mounted, an empty one");
        }
        MountRequest request = new MountRequest(source, at, flags, store, log, pod, background);
        try (Mounted mounted = start(request)) {
            System.out.println((background ? "leat-ready " : "") + mounted.announcement());
            System.out.flush();
            mounted.awaitEnd();
        }
        return 0;
    }

    private Mounted start(MountRequest request) throws IOException {
        if (VersionRef.isAddress(source)) {
            refuseVolumeOptions();
            for (String option : NEVER_SEALED) {
                if (isGiven(option)) {
                    throw CliException.misused(
                            option + " is not for sealed versions, which never change and whose files "
                                    + "the kernel opens by itself; mount them without it");
                }
            }
            return VersionDaemon.start(request, dataset, version);
        }
        String sealed = version.given();
        if (sealed != null) {
            throw CliException.misused(sealed + " is for sealed versions, dataset://NAME@VERSION");
        }
        if (request.pod() != null
                || SourceUrl.isSource(source)
                || TreeFile.isNamed(source)
                || source.equals(DatasetDaemon.NO_SOURCE)) {
            refuseVolumeOptions();
            return DatasetDaemon.start(request, dataset);
        }
        String inPlace = dataset.given();
        if (inPlace != null) {
            throw CliException.misused(inPlace + " is for data in place; a volume is mounted without it");
        }
        return MountDaemon.start(request);
    }

    private boolean isGiven(String option) {
        return spec != null && spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    private void refuseVolumeOptions() {
        for (String option : VOLUMES_ONLY) {
            if (isGiven(option)) {
                throw CliException.misused(option + " is for volumes; data in place is mounted without it");
            }
        }
    }
}
