package dev.leat.cli.option;

import dev.leat.cli.CliException;
import dev.leat.dataset.tree.Freshness;
import dev.leat.sys.Processes;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How data that is mounted in place is shown. */
public final class DatasetFlags {
    @Option(
            names = "--freshness",
            paramLabel = "ttl=DURATION|etag[,ttl=DURATION]",
            description = "Of data in place: how long names and versions are taken for true, and with 'etag' that each "
                    + "open asks for the file's version. Default: ttl=10m.")
    private @Nullable String freshness;

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
        return freshness != null
                ? "--freshness"
                : uid != null
                        ? "--uid"
                        : gid != null
                                ? "--gid"
                                : fileMode != null ? "--file-mode" : directoryMode != null ? "--dir-mode" : null;
    }

    /** How long answers of the source are taken for true. */
    public Freshness freshness() {
        String text = freshness;
        if (text == null) {
            return Freshness.DEFAULT;
        }
        Duration ttl = Freshness.DEFAULT.ttl();
        boolean atOpen = false;
        for (String word : text.split(",")) {
            if (word.equals("etag")) {
                atOpen = true;
            } else if (word.startsWith("ttl=")) {
                ttl = Durations.parse(word.substring("ttl=".length()));
            } else {
                throw CliException.misused(
                        "--freshness '" + text + "' is not known; write ttl=10m, etag, or etag,ttl=1m");
            }
        }
        return new Freshness(ttl, atOpen);
    }

    /** Owner; whoever mounts if none was named. */
    public int uid() {
        return uid == null ? Processes.geteuid() : uid;
    }

    /** Group; that of whoever mounts if none was named. */
    public int gid() {
        return gid == null ? Processes.getegid() : gid;
    }

    /** Permissions of files. */
    public int fileMode() {
        return mode("--file-mode", fileMode, 0444);
    }

    /** Permissions of directories. */
    public int directoryMode() {
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
