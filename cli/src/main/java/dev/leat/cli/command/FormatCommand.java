package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.Version;
import dev.leat.cli.option.LimitFlags;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.volume.VolumeFormat;
import dev.leat.store.blob.Compression;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat format}. */
@Command(
        name = "format",
        mixinStandardHelpOptions = true,
        description = "Makes a volume: metadata at one place, an object store at another.",
        footer = {
            "",
            "Example: leat format sqlite:///var/lib/leat/v.db --store file:///srv/leat/v",
            "Example: leat format redis://localhost/1 --store s3://bucket/v --endpoint http://localhost:9000",
            "Example: leat format sqlite:///var/lib/leat/v.db --store file:///srv/leat/v --compress zstd",
            "Example: leat format sqlite:///var/lib/leat/v.db --store s3://bucket/v --encrypt-key /etc/leat/v.pem"
        })
final class FormatCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "VOLUME",
            description = "Metadata URL: sqlite:///FILE, postgres://…, redis://…")
    private String source = "";

    @Option(names = "--store", required = true, paramLabel = "STORE", description = "file:///DIR or s3://BUCKET/PREFIX")
    private String store = "";

    @Option(names = "--name", paramLabel = "NAME", description = "Name of the volume. Default: from the metadata URL.")
    private @Nullable String name;

    @Option(
            names = "--trash-days",
            paramLabel = "DAYS",
            defaultValue = "" + VolumeFormat.TRASH_DAYS_DEFAULT,
            description = "How long removed files are kept, 0 for not at all. Default: ${DEFAULT-VALUE}.")
    private int trashDays = VolumeFormat.TRASH_DAYS_DEFAULT;

    @Option(
            names = "--compress",
            paramLabel = "lz4|zstd|none",
            defaultValue = "none",
            description = "Compresses what is stored, for good: lz4 is fast, zstd smaller. Default: ${DEFAULT-VALUE}.")
    private String compress = "none";

    @Option(
            names = "--enable-acl",
            description =
                    "Files can have POSIX ACLs. Without, 'ls -l' and who is not root need no request for each file; 'leat config --enable-acl' changes it later, not back.")
    private boolean acls;

    @Mixin
    private LimitFlags limits = new LimitFlags();

    @Mixin
    private StoreFlags storeFlags = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    private Compression compression() {
        try {
            return Compression.parse(compress);
        } catch (IllegalArgumentException e) {
            throw CliException.misused("--compress: " + e.getMessage());
        }
    }

    @Override
    public Integer call() throws Exception {
        log.toStandardError();
        VolumeFormat.Made made = VolumeFormat.make(
                source,
                store,
                name,
                trashDays,
                storeFlags,
                limits.capacityBytes(),
                limits.inodes(),
                compression(),
                acls,
                Version.text());
        System.out.println("volume " + made.volume().name() + " is ready: metadata at " + made.metadata() + ", data at "
                + made.store());
        String encryption = made.encryption();
        if (encryption != null) {
            System.out.println(
                    "it is encrypted under " + encryption + "; without it nobody can ever read the data again");
        }
        System.out.println("mount it with: leat mount " + made.metadata() + " MOUNTPOINT");
        return 0;
    }
}
