package dev.leat.cli.volume;

import dev.leat.cli.CliException;
import dev.leat.meta.fs.Entry;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.List;

/**
 * A path inside a volume. Symbolic links are not followed: they mean something only in the tree where the volume is mounted.
 *
 * @param names its names from the top down; none for the top itself
 */
public record VolumePath(List<String> names) {
    /** Takes its own copy. */
    public VolumePath {
        names = List.copyOf(names);
    }

    /** Reads a path with slashes; those in front and behind, and {@code .}, mean nothing. */
    public static VolumePath parse(String text) {
        List<String> names = new ArrayList<>();
        for (String name : text.split("/")) {
            if (name.equals("..")) {
                throw CliException.misused("'" + text + "' has '..' in it; write the path from the volume's root");
            }
            if (!name.isEmpty() && !name.equals(".")) {
                names.add(name);
            }
        }
        return new VolumePath(names);
    }

    /** Where it leads to from a directory; fails with one line for the user if it leads nowhere. */
    public Entry in(MetaFs fs, long top) throws FsException {
        Entry at = new Entry(top, fs.getattr(top));
        for (String name : names) {
            try {
                at = fs.lookup(at.ino(), Name.of(name));
            } catch (FsException e) {
                if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
                    throw CliException.failed("there is no " + this + " in this volume");
                }
                throw e;
            }
        }
        return at;
    }

    /** The directory that it leads to. */
    public long directoryIn(MetaFs fs, long top) throws FsException {
        Entry found = in(fs, top);
        if (found.attr().type() != FileType.DIRECTORY) {
            throw CliException.failed(this + " is no directory");
        }
        return found.ino();
    }

    /** The last name; fails for the top itself. */
    public Name last() throws FsException {
        if (names.isEmpty()) {
            throw CliException.misused("the root of the volume has no name to work on");
        }
        return Name.of(names.getLast());
    }

    /** The directory that it lies in. */
    public VolumePath above() {
        return new VolumePath(names.subList(0, Math.max(0, names.size() - 1)));
    }

    @Override
    public String toString() {
        return "/" + String.join("/", names);
    }
}
