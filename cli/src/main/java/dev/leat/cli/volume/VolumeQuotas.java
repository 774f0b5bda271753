package dev.leat.cli.volume;

import dev.leat.cli.CliException;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.usage.Quotas;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code leat quota} does, the same in the daemon of a mount and in a command that has joined the volume. */
public final class VolumeQuotas {
    /** What is to be done. */
    public enum Action {
        /** Sets or changes a limit. */
        SET,
        /** Shows one limit. */
        GET,
        /** Shows all. */
        LIST,
        /** Lifts one. */
        DELETE,
        /** Counts anew. */
        CHECK
    }

    private final VolumeFs fs;
    private final Quotas quotas;
    private final Map<?, ?> arguments;

    private VolumeQuotas(VolumeFs fs, Map<?, ?> arguments) {
        this.fs = fs;
        this.quotas = fs.quotas();
        this.arguments = arguments;
    }

    /**
     * Carries out a request.
     *
     * @param arguments {@code action}; {@code inode} and, from there, {@code path}; {@code bytesMax}, {@code inodesMax}, {@code repair}
     */
    public static Map<String, @Nullable Object> run(VolumeFs fs, Map<?, ?> arguments) throws FsException {
        Action action = Action.valueOf(String.valueOf(arguments.get("action")).toUpperCase(Locale.ROOT));
        return new VolumeQuotas(fs, arguments).run(action);
    }

    private Map<String, @Nullable Object> run(Action action) throws FsException {
        if (action == Action.LIST) {
            return list();
        }
        boolean all = action == Action.CHECK && !(arguments.get("path") instanceof String);
        long directory = all ? MetaFs.ROOT : directory();
        // A limit of the root is the volume's.
        long root = directory == MetaFs.ROOT ? 0 : directory;
        return switch (action) {
            case SET -> set(root);
            case DELETE -> delete(root);
            case CHECK -> check(all ? null : root);
            default -> get(root);
        };
    }

    private long directory() throws FsException {
        long top = arguments.get("inode") instanceof Long ino ? ino : MetaFs.ROOT;
        String path = arguments.get("path") instanceof String text ? text : "";
        long directory = VolumePath.parse(path).directoryIn(fs, top);
        if (fs.getattr(directory).type() != FileType.DIRECTORY) {
            throw CliException.failed("a quota is of a directory");
        }
        return fs.volumeInode(directory);
    }

    private Map<String, @Nullable Object> set(long root) throws FsException {
        if (root == 0) {
            throw CliException.failed(
                    "the root's limits are those of the whole volume; set them with 'leat config VOLUME --capacity SIZE --inodes N'");
        }
        Quotas.Quota before = quotas.get(root);
        long bytes = limit("bytesMax", before == null ? 0 : before.bytesMax());
        long inodes = limit("inodesMax", before == null ? 0 : before.inodesMax());
        if (bytes == 0 && inodes == 0) {
            throw CliException.failed("neither --capacity nor --inodes sets a limit; 'leat quota delete' lifts one");
        }
        quotas.set(root, bytes, inodes);
        return get(root);
    }

    private long limit(String name, long before) {
        return arguments.get(name) instanceof Long most ? most : before;
    }

    private Map<String, @Nullable Object> get(long root) throws FsException {
        Quotas.Quota quota = quotas.get(root);
        if (quota == null) {
            throw none(root);
        }
        return facts(quota);
    }

    private CliException none(long root) throws FsException {
        return CliException.failed(
                root == 0
                        ? "the volume has no limit; 'leat config VOLUME --capacity SIZE' sets one"
                        : quotas.path(root) + " has no quota of its own; 'leat quota list' shows which there are");
    }

    private Map<String, @Nullable Object> delete(long root) throws FsException {
        if (root == 0) {
            throw CliException.failed(
                    "the root's limits are those of the whole volume; lift them with 'leat config VOLUME --capacity 0 --inodes 0'");
        }
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("path", quotas.path(root));
        try {
            quotas.delete(root);
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                throw none(root);
            }
            throw e;
        }
        facts.put("deleted", true);
        return facts;
    }

    private Map<String, @Nullable Object> list() throws FsException {
        List<Object> rows = new ArrayList<>();
        for (Quotas.Quota quota : quotas.list()) {
            rows.add(facts(quota));
        }
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("quotas", rows);
        return all;
    }

    private Map<String, @Nullable Object> check(@Nullable Long one) throws FsException {
        boolean repair = Boolean.TRUE.equals(arguments.get("repair"));
        List<Long> roots = new ArrayList<>();
        if (one != null) {
            if (one != 0 && quotas.get(one) == null) {
                throw none(one);
            }
            roots.add(one);
        } else {
            roots.add(0L);
            quotas.list().stream()
                    .map(Quotas.Quota::directory)
                    .filter(root -> root != 0)
                    .forEach(roots::add);
        }
        List<Object> rows = new ArrayList<>();
        boolean right = true;
        for (long root : roots) {
            Quotas.Checked checked = quotas.check(root, repair);
            right &= checked.isRight();
            Map<String, @Nullable Object> row = new LinkedHashMap<>();
            row.put("path", root == 0 ? "/" : quotas.path(root));
            row.put("recordedBytes", checked.recorded().bytes());
            row.put("foundBytes", checked.found().bytes());
            row.put("recordedInodes", checked.recorded().inodes());
            row.put("foundInodes", checked.found().inodes());
            row.put("right", checked.isRight());
            row.put("exact", checked.exact());
            row.put("repaired", repair && !checked.isRight());
            rows.add(row);
        }
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("checked", rows);
        all.put("right", right || repair);
        return all;
    }

    private Map<String, @Nullable Object> facts(Quotas.Quota quota) throws FsException {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("path", quota.directory() == 0 ? "/" : quotas.path(quota.directory()));
        facts.put("inode", quota.directory() == 0 ? MetaFs.ROOT : quota.directory());
        facts.put("capacityBytes", quota.bytesMax());
        facts.put("usedBytes", quota.used().bytes());
        facts.put("inodesMax", quota.inodesMax());
        facts.put("usedInodes", quota.used().inodes());
        return facts;
    }
}
