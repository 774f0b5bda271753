package dev.leat.cli.mount;

import dev.leat.cache.TierSpec;
import dev.leat.fuse.session.BackingFiles;
import dev.leat.fuse.session.Negotiated;
import dev.leat.fuse.wire.InitFlags;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import dev.leat.vfs.Passthrough;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the kernel of a mount read cached files by itself. */
final class KernelPassthrough implements Passthrough {
    private static final Logger log = LoggerFactory.getLogger(KernelPassthrough.class);

    private final BackingFiles files;

    KernelPassthrough(BackingFiles files) {
        this.files = files;
    }

    /**
     * Why the kernel cannot serve files of this session by itself; null if it can, from one folder at least.
     *
     * @param negotiated what the session agreed on
     * @param work the folder of files that it is to write to; null for none
     */
    static @Nullable String obstacle(
            BackingFiles files, Negotiated negotiated, List<TierSpec> tiers, @Nullable Path work) {
        if (!negotiated.has(InitFlags.PASSTHROUGH)) {
            return "this kernel cannot read cached files by itself; Linux 6.9 and newer can";
        }
        KernelPassthrough kernel = new KernelPassthrough(files);
        String first = work == null ? null : kernel.obstacle(work, true);
        if (first != null) {
            return first;
        }
        for (TierSpec tier : tiers) {
            for (Path folder : tier.directories()) {
                String why = kernel.obstacle(folder, false);
                if (why == null) {
                    return null;
                }
                first = first == null ? why : first;
            }
        }
        return first;
    }

    private @Nullable String obstacle(Path folder, boolean writing) {
        Path probe = null;
        try {
            probe = Files.createTempFile(folder, "probe-", "");
            try (FileHandle file = FileHandle.open(probe, writing ? Open.RDWR : Open.RDONLY, 0)) {
                forget(register(file.descriptor()));
                if (writing && !file.isSoleWriter()) {
                    return "the file system of " + folder + " does not tell who has a file open: --work-dir";
                }
            }
            return null;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EPERM) {
                return "the capability CAP_SYS_ADMIN is missing, in the first user namespace: run as root there";
            }
            return e.errno() == Errno.ELOOP
                    ? "folder " + folder
                            + " lies on a stacked file system, such as a container's: give a folder of "
                            + "the host with --cache-dir"
                    : "the kernel refuses files in " + folder + ": " + e.errno();
        } catch (IOException e) {
            return "no file can be made in folder " + folder + ": " + e.getMessage();
        } finally {
            delete(probe);
        }
    }

    private static void delete(@Nullable Path probe) {
        try {
            if (probe != null) {
                Files.deleteIfExists(probe);
            }
        } catch (IOException e) {
            log.debug("{} stays: {}", probe, e.getMessage());
        }
    }

    @Override
    public int register(int descriptor) throws IOException {
        return files.open(descriptor);
    }

    @Override
    public void forget(int number) {
        try {
            files.close(number);
        } catch (ErrnoException e) {
            // The session is over, and with it all that was registered.
            log.debug("passthrough file {}: {}", number, e.getMessage());
        }
    }
}
