package dev.leat.cli.volume;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.PacedProgress;
import dev.leat.meta.content.CloneOwner;
import dev.leat.meta.content.CloneReport;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code leat clone} does, the same in the daemon of a mount and in a command that has joined the volume. */
public final class VolumeClone {
    private VolumeClone() {}

    /**
     * Clones what a name leads to.
     *
     * @param arguments {@code uid}, {@code gid} and {@code umask} of the copy's owner; without them owners and modes are kept
     * @param progress told now and then how many inodes were copied; when it fails, the copy is given up
     */
    public static Map<String, @Nullable Object> run(
            VolumeFs fs,
            long sourceParent,
            Name source,
            long targetParent,
            Name target,
            Map<?, ?> arguments,
            ControlServer.Progress progress)
            throws IOException {
        PacedProgress paced = new PacedProgress(progress);
        try {
            CloneReport report = fs.clone(
                    sourceParent, source, targetParent, target, owner(arguments), inodes -> tell(paced, inodes));
            Map<String, @Nullable Object> facts = new LinkedHashMap<>();
            facts.put("files", report.files());
            facts.put("directories", report.directories());
            facts.put("bytes", report.bytes());
            return facts;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (FsException e) {
            throw CliException.failed(why(e, source, target));
        }
    }

    private static void tell(PacedProgress progress, long inodes) {
        try {
            progress.report(() -> Map.of("files", inodes, "bytes", 0L));
        } catch (IOException e) {
            throw new UncheckedIOException("whoever asked for the copy is gone, so it was given up", e);
        }
    }

    private static @Nullable CloneOwner owner(Map<?, ?> arguments) {
        return arguments.get("uid") instanceof Long uid
                        && arguments.get("gid") instanceof Long gid
                        && arguments.get("umask") instanceof Long umask
                ? new CloneOwner(uid.intValue(), gid.intValue(), umask.intValue())
                : null;
    }

    private static String why(FsException e, Name source, Name target) {
        if (e.errno() == Errno.EDQUOT) {
            return "the copy of " + source + " does not fit the quota of its directory; nothing was copied";
        }
        if (e.errno() == Errno.ENOSPC) {
            return "the copy of " + source + " does not fit the volume's limit; nothing was copied";
        }
        if (e.errno() == Errno.EEXIST) {
            return target + " is there already; give another name";
        }
        return source + " cannot be cloned: " + e.getMessage();
    }
}
