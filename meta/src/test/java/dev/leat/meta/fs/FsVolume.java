package dev.leat.meta.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** What the parts of the file system's suite ask of a test, and the few words they share. */
public interface FsVolume {
    /** An ordinary user. */
    Caller ALICE = Caller.of(1001, 1001, 10);

    /** Another one. */
    Caller BOB = Caller.of(1002, 1002, 11);

    /** The file system, mounted once. */
    VolumeFs fs();

    /** Mounts the same volume once more; the suite unmounts it. */
    VolumeFs mount(MountSpec spec) throws Exception;

    /** One more client of the engine; the suite closes it. */
    MetaEngine client() throws Exception;

    /** How much of the random work to do. */
    default double effort() {
        return 1;
    }

    /** A name. */
    static Name name(String text) {
        try {
            return Name.of(text);
        } catch (FsException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    /** Makes a file in the root, mode 0644, as the super-user. */
    default long file(String name) throws FsException {
        return file(MetaFs.ROOT, name);
    }

    /** Makes a file. */
    default long file(long parent, String name) throws FsException {
        return fs().create(parent, name(name), NewNode.file(0644, 0), Caller.ROOT)
                .ino();
    }

    /** Makes a directory in the root, mode 0755, as the super-user. */
    default long directory(String name) throws FsException {
        return directory(MetaFs.ROOT, name);
    }

    /** Makes a directory. */
    default long directory(long parent, String name) throws FsException {
        return fs().create(parent, name(name), NewNode.directory(0755, 0), Caller.ROOT)
                .ino();
    }

    /** The inode of a name, null if there is none. */
    default @Nullable Long ino(long parent, String name) throws FsException {
        try {
            return fs().lookup(parent, name(name)).ino();
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.ENOENT);
            return null;
        }
    }

    /** All names in a directory, read in small pages. */
    default List<String> names(long directory) throws FsException {
        return list(fs(), directory, 3, false).stream()
                .map(entry -> entry.name().toString())
                .toList();
    }

    /** A whole directory. */
    static List<DirEntry> list(MetaFs fs, long directory, int page, boolean attrs) throws FsException {
        List<DirEntry> all = new ArrayList<>();
        Name after = null;
        while (true) {
            List<DirEntry> found = fs.readdir(directory, after, page, attrs);
            all.addAll(found);
            if (found.size() < page) {
                return all;
            }
            after = found.getLast().name();
        }
    }

    /** Asserts that a call fails with an error number. */
    static void fails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    /** Only a mode. */
    static SetAttr mode(int mode) {
        return new SetAttr(mode, null, null, null, null, null, false);
    }

    /** Only owner and group. */
    static SetAttr owner(@Nullable Integer uid, @Nullable Integer gid) {
        return new SetAttr(null, uid, gid, null, null, null, false);
    }

    /** Only times. */
    static SetAttr times(@Nullable Time atime, @Nullable Time mtime) {
        return new SetAttr(null, null, null, null, atime, mtime, false);
    }
}
