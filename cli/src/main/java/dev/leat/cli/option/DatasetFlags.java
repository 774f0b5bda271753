package dev.leat.cli.option;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.dataset.tree.Freshness;
import dev.leat.dataset.tree.Ownership;
import dev.leat.sys.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How data that is mounted in place is shown. */
public final class DatasetFlags {
    private static final long LISTING_BYTES = 2L << 30;

    @Option(
            names = "--freshness",
            paramLabel = "[etag|notify,]ttl=DURATION",
            description =
                    "Of data in place: how long names and versions are taken for true, with 'etag' that each "
                            + "open asks for the file's version, and with 'notify' that the bucket tells of changes to --notify. Default: ttl=10m.")
    private @Nullable String freshness;

    @Option(
            names = "--add-mount",
            paramLabel = "NAME=SOURCE[,path=/PATH][,OPTION=VALUE…]",
            description =
                    "Shows a further source below the mount, at /NAME unless a path is given; repeat for more. OPTION is one of the "
                            + "options of this command that concern a source, without dashes, or access-key-file, secret-key-file and "
                            + "session-token-file (or …-env), or profile.")
    private List<String> added = new ArrayList<>();

    @Option(
            names = "--notify",
            paramLabel = "[HOST:]PORT",
            description =
                    "Of data in place: takes events of S3 buckets (as S3, MinIO, Ceph, SNS and EventBridge post them) at http://HOST:PORT/, upon which "
                            + "what changed is seen at once; without HOST from this host alone. Default: off.")
    private @Nullable String notify;

    @Option(
            names = "--notify-secret-file",
            paramLabel = "FILE",
            description =
                    "A file with a secret without which events are refused; they carry it as 'Authorization: Bearer SECRET'. Default: none.")
    private @Nullable Path notifySecret;

    @Option(
            names = "--listing-size",
            paramLabel = "SIZE",
            description =
                    "Of data in place: most bytes of names that are kept in the first cache folder, where the next mount finds them, about "
                            + "100 bytes a name. Default: 2GiB.")
    private @Nullable String listingSize;

    @Option(
            names = "--expand",
            description =
                    "Of data in place: shows a shard that has an index (see 'leat shard') as a directory of its members, which are read by range.")
    private boolean expand;

    @Option(names = "--uid", paramLabel = "ID", description = "Of data in place: its owner. Default: who mounts.")
    private @Nullable Integer uid;

    @Option(
            names = "--gid",
            paramLabel = "ID",
            description = "Of data in place: its group. Default: that of who mounts.")
    private @Nullable Integer gid;

    @Option(
            names = "--file-mode",
            paramLabel = "OCTAL",
            description = "Of data in place: permissions of files, where the source has none. Default: 444.")
    private @Nullable String fileMode;

    @Option(
            names = "--dir-mode",
            paramLabel = "OCTAL",
            description = "Of data in place: permissions of directories, where the source has none. Default: 555.")
    private @Nullable String directoryMode;

    /** The option that was given, if any: they say nothing about volumes. */
    public @Nullable String given() {
        if (!added.isEmpty()) {
            return "--add-mount";
        }
        if (notify != null || notifySecret != null) {
            return "--notify";
        }
        if (listingSize != null) {
            return "--listing-size";
        }
        if (expand) {
            return "--expand";
        }
        return freshness != null
                ? "--freshness"
                : uid != null
                        ? "--uid"
                        : gid != null
                                ? "--gid"
                                : fileMode != null ? "--file-mode" : directoryMode != null ? "--dir-mode" : null;
    }

    /** Whether shards are shown as directories. */
    public boolean expand() {
        return expand;
    }

    /** Where events are taken; null for nowhere. */
    public @Nullable String notifyAddress() {
        return notify;
    }

    /** What events have to carry; null for nothing. */
    public @Nullable String notifySecret() {
        Path file = notifySecret;
        if (file == null) {
            return null;
        }
        try {
            String secret = Files.readString(file).strip();
            if (secret.isEmpty()) {
                throw CliException.misused("--notify-secret-file " + file + " is empty");
            }
            return secret;
        } catch (IOException e) {
            throw CliException.failed("--notify-secret-file " + file + " cannot be read: "
                    + e.getClass().getSimpleName());
        }
    }

    /** Most bytes of names that are kept. */
    public long listingBytes() {
        return listingSize == null ? LISTING_BYTES : ByteSize.parse(listingSize);
    }

    /** The further sources. */
    public List<SourceSpec> added() {
        return added.stream().map(SourceSpec::parse).toList();
    }

    /** These, and for what was not given those of {@code usual}. */
    DatasetFlags over(DatasetFlags usual) {
        DatasetFlags all = new DatasetFlags();
        all.freshness = freshness != null ? freshness : usual.freshness;
        all.expand = expand || usual.expand;
        all.uid = uid != null ? uid : usual.uid;
        all.gid = gid != null ? gid : usual.gid;
        all.fileMode = fileMode != null ? fileMode : usual.fileMode;
        all.directoryMode = directoryMode != null ? directoryMode : usual.directoryMode;
        return all;
    }

    /** What files of sources without owners are shown as. */
    public Ownership ownership() {
        return new Ownership(uid(), gid(), fileMode(), directoryMode());
    }

    /** How long answers of the source are taken for true. */
    public Freshness freshness() {
        String text = freshness;
        if (text == null) {
            return Freshness.DEFAULT;
        }
        Duration ttl = Freshness.DEFAULT.ttl();
        boolean atOpen = false;
        boolean notified = false;
        for (String word : text.split(",")) {
            if (word.equals("etag")) {
                atOpen = true;
            } else if (word.equals("notify")) {
                notified = true;
            } else if (word.startsWith("ttl=")) {
                ttl = Durations.parse(word.substring("ttl=".length()));
            } else {
                throw CliException.misused(
                        "--freshness '" + text + "' is not known; write ttl=10m, etag, etag,ttl=1m or notify,ttl=24h");
            }
        }
        return new Freshness(ttl, atOpen, notified);
    }

    /** Owner; whoever mounts if none was named. */
    private int uid() {
        return uid == null ? Processes.geteuid() : uid;
    }

    /** Group; that of whoever mounts if none was named. */
    private int gid() {
        return gid == null ? Processes.getegid() : gid;
    }

    /** Permissions of files. */
    private int fileMode() {
        return mode("--file-mode", fileMode, 0444);
    }

    /** Permissions of directories. */
    private int directoryMode() {
        return mode("--dir-mode", directoryMode, 0555);
    }

    private static int mode(String option, @Nullable String text, int usual) {
        if (text == null) {
            return usual;
        }
        if (!text.matches("0?[0-7]{3}")) {
            throw CliException.misused(option + " '" + text + "' is no mode; write three octal digits, such as 444");
        }
        return Integer.parseInt(text, 8);
    }
}
