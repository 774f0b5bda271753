package dev.leat.meta.fs;

import dev.leat.meta.trash.TrashRules;
import dev.leat.sys.Errno;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Finds the directory that a mount has as its root. */
final class Subdir {
    private static final int MODE = 0755;

    private Subdir() {}

    /** The inode of a path like {@code a/b}, whose missing directories are made where that is possible; ENOENT or ENOTDIR otherwise. */
    static long find(Client client, Creation creation, @Nullable String path) throws FsException {
        long at = MetaFs.ROOT;
        if (path == null) {
            return at;
        }
        Lookups lookups = new Lookups(client);
        for (String part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".")) {
                continue;
            }
            Name name = Name.of(part.getBytes(StandardCharsets.UTF_8));
            if (TrashRules.isTrash(at, name)) {
                throw new FsException(
                        Errno.ENOENT, path + " cannot be mounted: " + name + " is where removed files are kept");
            }
            Entry entry = step(client, creation, lookups, at, name, path);
            if (entry.attr().type() != FileType.DIRECTORY) {
                throw new FsException(Errno.ENOENT, "in the subdirectory " + path + ", " + name + " is no directory");
            }
            at = entry.ino();
        }
        return at;
    }

    private static Entry step(Client client, Creation creation, Lookups lookups, long at, Name name, String path)
            throws FsException {
        while (true) {
            try {
                return lookups.lookup(at, name);
            } catch (FsException e) {
                if (e.errno() != Errno.ENOENT) {
                    throw e;
                }
            }
            if (client.transactions().readOnly()) {
                throw new FsException(
                        Errno.ENOENT, "there is no subdirectory " + path + ", and a read-only mount cannot make it");
            }
            try {
                return creation.create(at, name, NewNode.directory(MODE, 0), Caller.ROOT);
            } catch (FsException e) {
                if (e.errno() != Errno.EEXIST) {
                    throw e;
                }
            }
        }
    }
}
