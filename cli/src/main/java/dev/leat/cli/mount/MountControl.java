package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.volume.TrashWork;
import dev.leat.cli.volume.TreeRemoval;
import dev.leat.cli.volume.TreeSummary;
import dev.leat.cli.volume.VolumeClone;
import dev.leat.cli.volume.VolumeQuotas;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Name;
import dev.leat.sys.Processes;
import dev.leat.vfs.Vfs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Carries out what commands ask the daemon of a mount for. */
final class MountControl implements ControlServer.Handler {
    /** The command that ends the daemon. */
    static final String UMOUNT = "umount";

    private final MountStatus status;
    private final MountParts parts;
    private final Telemetry telemetry;
    private final KernelCache kernelCache;
    private final WarmupJobs warmups;
    private final Path mountPoint;
    private final Unmount unmount;

    /** Takes the mount out of the tree. */
    @FunctionalInterface
    interface Unmount {
        void run(boolean lazy) throws IOException;
    }

    MountControl(
            MountStatus status,
            MountParts parts,
            Telemetry telemetry,
            KernelCache kernelCache,
            WarmupJobs warmups,
            Path mountPoint,
            Unmount unmount) {
        this.status = status;
        this.parts = parts;
        this.telemetry = telemetry;
        this.kernelCache = kernelCache;
        this.warmups = warmups;
        this.mountPoint = mountPoint;
        this.unmount = unmount;
    }

    @Override
    public Map<String, ?> handle(String command, Map<?, ?> arguments, ControlServer.Progress progress)
            throws IOException {
        return switch (command) {
            case "status" -> status.live();
            case "stats" -> telemetry.exposition().values();
            case "profile" -> telemetry.minute();
            case "warmup" -> warmup(arguments, progress);
            case "compact" -> TreeCompaction.run(parts, inode(arguments), arguments, progress);
            case "flush" -> flush();
            case "info" -> info(arguments, progress);
            case "summary" -> TreeSummary.of(parts.meta(), inode(arguments), arguments, progress);
            case "clone" -> clone(arguments, progress);
            case "rmr" -> remove(arguments, progress);
            case "quota" -> VolumeQuotas.run(parts.meta(), arguments);
            case "trash" -> trash(arguments, progress);
            case UMOUNT -> umount(Boolean.TRUE.equals(arguments.get("force")));
            default ->
                throw CliException.failed("this daemon does not know '" + command
                        + "'; it is of another version than this command: remount with the new one");
        };
    }

    private Map<String, ?> warmup(Map<?, ?> arguments, ControlServer.Progress progress) throws IOException {
        return Boolean.TRUE.equals(arguments.get("background"))
                ? warmups.start(arguments)
                : new Warmup(parts.meta(), parts.cache(), arguments).run(progress);
    }

    private Map<String, ?> info(Map<?, ?> arguments, ControlServer.Progress progress) throws IOException {
        PathFacts facts = new PathFacts(parts.meta(), parts.cache());
        long inode = inode(arguments);
        try {
            return Boolean.TRUE.equals(arguments.get("recursive")) ? facts.tree(inode, progress) : facts.info(inode);
        } catch (FsException e) {
            if (e.isGone()) {
                throw CliException.failed("there is no inode " + inode + " in this volume");
            }
            throw e;
        }
    }

    private static long inode(Map<?, ?> arguments) {
        if (arguments.get("inode") instanceof Long inode) {
            return inode;
        }
        throw CliException.failed("the request names no inode");
    }

    private static Name name(Map<?, ?> arguments, String which) throws FsException {
        return Name.of(String.valueOf(arguments.get(which)));
    }

    private static long number(Map<?, ?> arguments, String which) {
        if (arguments.get(which) instanceof Long number) {
            return number;
        }
        throw CliException.failed("the request lacks '" + which + "'");
    }

    private Map<String, ?> clone(Map<?, ?> arguments, ControlServer.Progress progress) throws IOException {
        // What was written before belongs into the copy.
        flush();
        long parent = number(arguments, "targetParent");
        Name target = name(arguments, "target");
        try {
            return VolumeClone.run(
                    parts.meta(),
                    number(arguments, "parent"),
                    name(arguments, "name"),
                    parent,
                    target,
                    arguments,
                    progress);
        } finally {
            changed(parent, target);
        }
    }

    private Map<String, ?> remove(Map<?, ?> arguments, ControlServer.Progress progress) throws IOException {
        long parent = number(arguments, "parent");
        Name name = name(arguments, "name");
        Caller caller = Caller.of(Processes.geteuid(), Processes.getegid(), 0);
        try {
            return TreeRemoval.run(parts.meta(), parent, name, caller, arguments, progress, kernelCache::inodeChanged);
        } finally {
            changed(parent, name);
        }
    }

    /** Own changes are not in the feed that we hear: the kernel has to be told of a name, and with it of all below it. */
    private void changed(long parent, Name name) {
        kernelCache.changedHere(parent, name);
    }

    private Map<String, ?> trash(Map<?, ?> arguments, ControlServer.Progress progress) throws IOException {
        TrashWork work = new TrashWork(parts.meta(), progress);
        return switch (String.valueOf(arguments.get("action"))) {
            case "list" -> work.list();
            case "empty" ->
                work.empty(arguments.get("olderThanMs") instanceof Long age ? Duration.ofMillis(age) : null);
            case "restore" -> {
                List<String> buckets = new ArrayList<>();
                if (arguments.get("buckets") instanceof List<?> names) {
                    names.forEach(name -> buckets.add(String.valueOf(name)));
                }
                yield work.restore(buckets, Boolean.TRUE.equals(arguments.get("putBack")), item -> {
                    // What this session does itself is no news to it, but the kernel thinks that the name is gone.
                    kernelCache.entryChanged(item.parent(), item.name());
                    kernelCache.inodeChanged(item.ino());
                });
            }
            default -> throw CliException.failed("the trash cannot do that; remount with the version of this command");
        };
    }

    private Map<String, ?> flush() {
        List<Vfs.Unpublished> failed = parts.vfs().publishAll();
        if (!failed.isEmpty()) {
            throw CliException.failed(failed.size() + " files could not be published, the first because: "
                    + failed.getFirst().error().getMessage());
        }
        return Map.of("unpublished", 0);
    }

    private Map<String, ?> umount(boolean force) throws IOException {
        if (!force) {
            flush();
        }
        unmount.run(force);
        return Map.of("mountPoint", mountPoint.toString());
    }
}
