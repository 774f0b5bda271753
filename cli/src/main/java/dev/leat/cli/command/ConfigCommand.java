package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlClient;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.KeyFlags;
import dev.leat.cli.option.LimitFlags;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.SourceSpec;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Facts;
import dev.leat.cli.volume.VolumeConfig;
import dev.leat.cli.volume.VolumeStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
        description = {
            "Shows a volume's settings, or changes those that are given. Mounts obey new limits and --trash-days at once, and see the rest when they are made anew.",
            "Of a mount of data in place it shows the sources, adds some and removes others while it is mounted."
        },
        footer = {
            "",
            "Example: leat config sqlite:///var/lib/leat/v.db --store file:///srv/leat/moved",
            "Example: leat config sqlite:///var/lib/leat/v.db --capacity 10TiB --inodes 100000000",
            "Example: leat config redis://localhost/1 --endpoint http://minio:9000 --json",
            "Example: leat config redis://localhost/1 --trash-days 7",
            "Example: leat config /mnt/data --add-mount imagenet=s3://bucket/imagenet --remove-mount spark",
            "Example: leat config redis://localhost/1 --rotate-key --encrypt-key old.pem --new-encrypt-key new.pem"
        })
final class ConfigCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "VOLUME|MOUNTPOINT",
            description = "Metadata URL of the volume, or where data in place is mounted.")
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
            names = "--enable-acl",
            description =
                    "Files can have POSIX ACLs from now on, on mounts that are made from now on: make all anew, since who has none neither shows nor obeys them. There is no way back.")
    private boolean acls;

    @Option(
            names = "--take-over",
            description = "Makes the store this incarnation's after a load, so that garbage in it is deleted again. "
                    + "Only when the volume that was dumped is not used any more.")
    private boolean takeOver;

    @Option(
            names = "--rotate-key",
            description =
                    "Wraps the key of an encrypted volume by a new master key; data stays as it is. The present one is "
                            + "given as for a mount, the new one by --new-encrypt-key or --new-encrypt-passphrase-file.")
    private boolean rotateKey;

    @Option(
            names = "--new-encrypt-key",
            paramLabel = "FILE",
            description =
                    "The new RSA private key (PEM); its passphrase, if it has one, is in LEAT_NEW_RSA_PASSPHRASE.")
    private @Nullable Path newKey;

    @Option(
            names = "--new-encrypt-passphrase-file",
            paramLabel = "FILE",
            description = "File with the new passphrase. Or it is in LEAT_NEW_ENCRYPT_PASSPHRASE.")
    private @Nullable Path newPassphrase;

    @Option(
            names = "--add-mount",
            paramLabel = "NAME=SOURCE[,path=/PATH][,OPTION=VALUE…]",
            description = "Of a mount of data in place: shows a further source, as with 'leat mount'; repeat for more.")
    private List<String> added = new ArrayList<>();

    @Option(
            names = "--remove-mount",
            paramLabel = "NAME",
            description =
                    "Of a mount of data in place: shows a source no longer; repeat for more. Its open files can be read as far as the cache has them.")
    private List<String> removed = new ArrayList<>();

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
        if (!source.contains("://")) {
            return mounts();
        }
        if (!added.isEmpty() || !removed.isEmpty()) {
            throw CliException.misused("sources are added to a mount: name the mount point, not a volume");
        }
        if (newStore != null || trashDays != null || acls || !store.kept().isEmpty()) {
            VolumeConfig.change(source, newStore, store, trashDays, acls);
        }
        if (limits.given()) {
            VolumeConfig.limit(source, limits.capacityBytes(), limits.inodes());
        }
        if (rotateKey) {
            VolumeConfig.rotateKey(source, store.keys(), KeyFlags.next(newKey, newPassphrase));
        } else if (newKey != null || newPassphrase != null) {
            throw CliException.misused("a new key is for --rotate-key");
        }
        if (takeOver) {
            VolumeConfig.takeOver(source, store);
        }
        Facts.print(System.out, VolumeStatus.of(source), json);
        return 0;
    }

    /** The sources of a mount. */
    private int mounts() throws IOException {
        if (newStore != null || trashDays != null || acls || rotateKey || takeOver || limits.given()) {
            throw CliException.misused("of a mount only --add-mount and --remove-mount can be changed; "
                    + "the rest is changed by the volume's metadata URL");
        }
        List<SourceSpec> specs = added.stream().map(SourceSpec::parse).toList();
        StateFolder state = StateFolder.of(Path.of(source));
        if (state.facts().isEmpty()) {
            throw CliException.failed("nothing of Leat's is mounted at " + source + "; 'leat status' lists what is");
        }
        Map<?, ?> shown = Map.of();
        if (!removed.isEmpty()) {
            shown = ask(state, Map.of("action", "remove", "names", removed));
        }
        if (!specs.isEmpty()) {
            shown = ask(
                    state,
                    Map.of(
                            "action",
                            "add",
                            "mounts",
                            specs.stream().map(SourceSpec::fields).toList()));
        }
        if (shown.isEmpty()) {
            shown = ask(state, Map.of("action", "list"));
        }
        Facts.print(System.out, Map.of("mounts", shown.get("mounts") instanceof List<?> all ? all : List.of()), json);
        return 0;
    }

    private static Map<?, ?> ask(StateFolder state, Map<String, ?> request) throws IOException {
        return ControlClient.call(state, "mounts", request, _ -> {});
    }
}
