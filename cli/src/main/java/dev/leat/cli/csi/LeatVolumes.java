package dev.leat.cli.csi;

import dev.leat.cli.CliException;
import dev.leat.cli.volume.JoinedVolume;
import dev.leat.cli.volume.TreeRemoval;
import dev.leat.cli.volume.VolumeClone;
import dev.leat.cli.volume.VolumePath;
import dev.leat.kube.csi.VolumeStore;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Entry;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Volumes for Kubernetes as directories of Leat volumes, made in the metadata alone: no bytes move, also for copies. The order of
 * steps is: entry in the register, directory, quota; and back. So whatever an interrupted call leaves is found by the next one.
 */
public final class LeatVolumes implements VolumeStore {
    private static final Logger log = LoggerFactory.getLogger(LeatVolumes.class);
    private static final String COMMAND = "csi";
    private static final String VOLUME = "volume:";
    private static final String SNAPSHOT = "snapshot:";

    /** As other provisioners do: who may write is decided by the pod's fsGroup and by what it makes in it. */
    private static final int FOR_EVERYBODY = 0777;

    private static final int FOR_LOOKING = 0755;
    private static final int FOR_ROOT = 0700;

    private final Formatter formatter;

    /** Makes a Leat volume where there is none yet. */
    @FunctionalInterface
    public interface Formatter {
        /** Fails with one line. */
        void format(Access access, String bucket) throws IOException;
    }

    /** Volumes without a Leat volume around them yet go to {@code formatter}. */
    public LeatVolumes(Formatter formatter) {
        this.formatter = formatter;
    }

    private interface Work<T> {
        T on(VolumeFs fs, Register register) throws IOException, Problem;
    }

    private interface Look {
        @Nullable
        Made at(Register register) throws IOException;
    }

    private static @Nullable Made looking(Access access, Look look) throws Problem {
        try (JoinedVolume volume = JoinedVolume.openReadOnly(access.metaUrl(), COMMAND)) {
            return look.at(new Register(volume.fs()));
        } catch (IOException | CliException | IllegalArgumentException e) {
            throw problem(access, e);
        }
    }

    private <T> T working(Access access, Work<T> work) throws Problem {
        try (JoinedVolume volume = join(access)) {
            return work.on(volume.fs(), new Register(volume.fs()));
        } catch (IOException | CliException | IllegalArgumentException e) {
            throw problem(access, e);
        }
    }

    private JoinedVolume join(Access access) throws IOException {
        try {
            return JoinedVolume.open(access.metaUrl(), COMMAND);
        } catch (MetaException e) {
            String bucket = access.bucket();
            if (e.kind() != MetaException.Kind.NOT_FOUND || bucket == null) {
                throw e;
            }
            log.info("there is no volume at {} yet: it is made with store {}", access.openUrl(), bucket);
            formatter.format(access, bucket);
            return JoinedVolume.open(access.metaUrl(), COMMAND);
        }
    }

    private static Problem problem(Access access, Exception cause) {
        Problem.Kind kind = Problem.Kind.UNREACHABLE;
        if (cause instanceof MetaException meta) {
            kind = switch (meta.kind()) {
                case INVALID, DENIED, FOREIGN -> Problem.Kind.INVALID;
                case NOT_FOUND -> Problem.Kind.NOT_FOUND;
                case FULL -> Problem.Kind.NO_ROOM;
                case UNAVAILABLE, EXISTS, CORRUPT -> Problem.Kind.UNREACHABLE;
            };
        } else if (cause instanceof FsException fs && (fs.errno() == Errno.EDQUOT || fs.errno() == Errno.ENOSPC)) {
            kind = Problem.Kind.NO_ROOM;
        } else if (cause instanceof IllegalArgumentException) {
            kind = Problem.Kind.INVALID;
        }
        return new Problem(kind, access.openUrl() + ": " + cause.getMessage(), cause);
    }

    @Override
    public @Nullable Made find(Access access, String name) throws Problem {
        return find(access, Register.VOLUMES, name);
    }

    private static @Nullable Made find(Access access, String kind, String name) throws Problem {
        try {
            return looking(access, register -> register.find(kind, name));
        } catch (Problem e) {
            // Where there is no Leat volume yet, there is nothing in it.
            if (e.kind() == Problem.Kind.NOT_FOUND) {
                return null;
            }
            throw e;
        }
    }

    @Override
    public Made create(Access access, Made wanted) throws Problem {
        return working(access, (fs, register) -> {
            VolumePath path = VolumePath.parse(wanted.path());
            Made made = register.find(Register.VOLUMES, wanted.name());
            if (made == null) {
                origin(register, wanted.source());
                if (exists(register, path)) {
                    throw new Problem(
                            Problem.Kind.EXISTS,
                            path + " is in the volume already, and was not made for " + wanted.name(),
                            null);
                }
                made = register.add(Register.VOLUMES, wanted);
            }
            make(fs, register, made);
            return made;
        });
    }

    private static boolean exists(Register register, VolumePath path) throws IOException {
        long at = MetaFs.ROOT;
        for (String name : path.names()) {
            Entry entry = register.look(at, name);
            if (entry == null) {
                return false;
            }
            at = entry.ino();
        }
        return true;
    }

    /** Makes the directory and its quota, as far as they are missing. */
    private static void make(VolumeFs fs, Register register, Made made) throws IOException, Problem {
        VolumePath path = VolumePath.parse(made.path());
        long parent = register.directory(path.above().names(), FOR_LOOKING);
        String name = path.last().toString();
        Entry there = register.look(parent, name);
        if (there == null && made.source().isEmpty()) {
            register.directory(parent, name, FOR_EVERYBODY);
        } else if (there == null) {
            copy(fs, origin(register, made.source()), parent, path.last());
        }
        if (made.capacityBytes() > 0) {
            Entry directory = fs.lookup(parent, path.last());
            if (fs.quotas().get(directory.ino()) == null) {
                fs.quotas().set(directory.ino(), made.capacityBytes(), 0);
            }
        }
    }

    private static void copy(VolumeFs fs, VolumePath from, long parent, Name name) throws IOException {
        long above = from.above().directoryIn(fs, MetaFs.ROOT);
        VolumeClone.run(fs, above, from.last(), parent, name, Map.of(), _ -> {});
    }

    /** Where the tree lies that a volume begins with; the root if it begins empty. */
    private static VolumePath origin(Register register, String source) throws IOException, Problem {
        if (source.isEmpty()) {
            return new VolumePath(List.of());
        }
        boolean snapshot = source.startsWith(SNAPSHOT);
        String name = source.substring(source.indexOf(':') + 1);
        Made made = register.find(snapshot ? Register.SNAPSHOTS : Register.VOLUMES, name);
        if (made == null) {
            throw new Problem(
                    Problem.Kind.NOT_FOUND, "there is no " + (snapshot ? "snapshot " : "volume ") + name, null);
        }
        return VolumePath.parse(made.path());
    }

    @Override
    public void resize(Access access, String name, long capacityBytes) throws Problem {
        working(access, (fs, register) -> {
            Made made = register.find(Register.VOLUMES, name);
            if (made == null) {
                throw new Problem(Problem.Kind.NOT_FOUND, "there is no volume " + name, null);
            }
            long directory = VolumePath.parse(made.path()).directoryIn(fs, MetaFs.ROOT);
            fs.quotas().set(directory, capacityBytes, 0);
            register.replace(
                    Register.VOLUMES, new Made(name, made.path(), capacityBytes, made.source(), made.createdEpochMs()));
            return made;
        });
    }

    @Override
    public void delete(Access access, String name) throws Problem {
        delete(access, Register.VOLUMES, name);
    }

    private void delete(Access access, String kind, String name) throws Problem {
        if (find(access, kind, name) == null) {
            return;
        }
        working(access, (fs, register) -> {
            Made made = register.find(kind, name);
            if (made != null) {
                remove(fs, register, VolumePath.parse(made.path()));
                register.remove(kind, name);
            }
            return name;
        });
    }

    private static void remove(VolumeFs fs, Register register, VolumePath path) throws IOException {
        if (!exists(register, path)) {
            return;
        }
        Entry directory = path.in(fs, MetaFs.ROOT);
        if (fs.quotas().get(directory.ino()) != null) {
            fs.quotas().delete(directory.ino());
        }
        long parent = path.above().directoryIn(fs, MetaFs.ROOT);
        TreeRemoval.run(fs, parent, path.last(), Caller.ROOT, Map.of(), _ -> {}, _ -> {});
    }

    @Override
    public @Nullable Made findSnapshot(Access access, String name) throws Problem {
        return find(access, Register.SNAPSHOTS, name);
    }

    @Override
    public Made createSnapshot(Access access, String name, String volume) throws Problem {
        return working(access, (fs, register) -> {
            Made of = register.find(Register.VOLUMES, volume);
            if (of == null) {
                throw new Problem(Problem.Kind.NOT_FOUND, "there is no volume " + volume, null);
            }
            String path = "/" + Register.FOLDER + "/" + Register.TREES + "/" + name;
            Made made = register.add(
                    Register.SNAPSHOTS,
                    new Made(name, path, of.capacityBytes(), VOLUME + volume, System.currentTimeMillis()));
            if (made.source().equals(VOLUME + volume)) {
                long trees = register.directory(List.of(Register.FOLDER, Register.TREES), FOR_ROOT);
                if (register.look(trees, name) == null) {
                    copy(fs, VolumePath.parse(of.path()), trees, Name.of(name));
                }
            }
            return made;
        });
    }

    @Override
    public void deleteSnapshot(Access access, String name) throws Problem {
        delete(access, Register.SNAPSHOTS, name);
    }
}
