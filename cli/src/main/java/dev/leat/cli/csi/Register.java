package dev.leat.cli.csi;

import dev.leat.cli.output.Json;
import dev.leat.kube.csi.VolumeStore.Made;
import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Entry;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was made for Kubernetes in a Leat volume, in a folder of it. An entry is a symbolic link whose target is the record: so
 * it is made, read and removed in one commit each, and there is never half of one.
 */
final class Register {
    static final String FOLDER = ".leat-csi";
    static final String VOLUMES = "volumes";
    static final String SNAPSHOTS = "snapshots";

    /** Where copies for snapshots lie. */
    static final String TREES = "trees";

    private static final int FOR_ROOT = 0700;

    private final MetaFs fs;

    Register(MetaFs fs) {
        this.fs = fs;
    }

    /** The entry of that name; null if there is none. */
    @Nullable
    Made find(String kind, String name) throws IOException {
        Entry folder = look(MetaFs.ROOT, FOLDER);
        Entry list = folder == null ? null : look(folder.ino(), kind);
        Entry entry = list == null ? null : look(list.ino(), name);
        return entry == null ? null : decode(name, fs.readlink(entry.ino()));
    }

    /** Makes an entry, or gives the one that is there. */
    Made add(String kind, Made wanted) throws IOException {
        long list = directory(directory(MetaFs.ROOT, FOLDER, FOR_ROOT), kind, FOR_ROOT);
        try {
            fs.create(list, Name.of(wanted.name()), NewNode.symlink(encode(wanted)), Caller.ROOT);
            return wanted;
        } catch (FsException e) {
            Made there = e.errno() == Errno.EEXIST ? find(kind, wanted.name()) : null;
            if (there == null) {
                throw e;
            }
            return there;
        }
    }

    /** Changes an entry. */
    void replace(String kind, Made changed) throws IOException {
        long list = directory(directory(MetaFs.ROOT, FOLDER, FOR_ROOT), kind, FOR_ROOT);
        Name next = Name.of(changed.name() + ".new");
        remove(list, next);
        fs.create(list, next, NewNode.symlink(encode(changed)), Caller.ROOT);
        fs.rename(list, next, list, Name.of(changed.name()), 0, Caller.ROOT);
    }

    /** Removes an entry, if it is there. */
    void remove(String kind, String name) throws IOException {
        Entry folder = look(MetaFs.ROOT, FOLDER);
        Entry list = folder == null ? null : look(folder.ino(), kind);
        if (list != null) {
            remove(list.ino(), Name.of(name));
        }
    }

    private void remove(long list, Name name) throws FsException {
        try {
            fs.unlink(list, name, Caller.ROOT);
        } catch (FsException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }

    /** What a name leads to; null if it is not there. */
    @Nullable
    Entry look(long parent, String name) throws FsException {
        try {
            return fs.lookup(parent, Name.of(name));
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                return null;
            }
            throw e;
        }
    }

    /** The directory of that name, made if it is missing. */
    long directory(long parent, String name, int mode) throws FsException {
        Entry there = look(parent, name);
        if (there != null) {
            return there.ino();
        }
        try {
            return fs.create(parent, Name.of(name), NewNode.directory(mode, 0), Caller.ROOT)
                    .ino();
        } catch (FsException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
            return fs.lookup(parent, Name.of(name)).ino();
        }
    }

    /** The directory that names lead to from the root, made if it is missing. */
    long directory(List<String> names, int mode) throws FsException {
        long at = MetaFs.ROOT;
        for (String name : names) {
            at = directory(at, name, mode);
        }
        return at;
    }

    private static Bytes encode(Made made) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("path", made.path());
        record.put("capacityBytes", made.capacityBytes());
        record.put("source", made.source());
        record.put("createdEpochMs", made.createdEpochMs());
        return Bytes.of(Json.line(record));
    }

    private static Made decode(String name, Bytes target) throws IOException {
        String text = new String(target.toArray(), StandardCharsets.UTF_8);
        if (Json.read(text) instanceof Map<?, ?> record
                && record.get("path") instanceof String path
                && record.get("capacityBytes") instanceof Long capacity
                && record.get("source") instanceof String source
                && record.get("createdEpochMs") instanceof Long created) {
            return new Made(name, path, capacity, source, created);
        }
        throw new IOException("/" + FOLDER + " has an entry " + name + " that is no record: " + text);
    }
}
