package dev.leat.kube.csi;

import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node plugin does with mounts. Nothing here waits for a mount without a deadline. */
final class NodeMounts {
    private static final Logger log = LoggerFactory.getLogger(NodeMounts.class);

    /** A statfs of a mount that is well takes microseconds; of one that waits for its metadata, as long as a request may take. */
    private static final Duration PROBE = Duration.ofSeconds(10);

    private static final Duration BIND = Duration.ofSeconds(30);

    /** Until a daemon is up, or has published what was written. The kubelet asks again after two minutes. */
    private static final Duration DAEMON = Duration.ofSeconds(110);

    private static final int STACKED_MAX = 64;

    private final MountTable table;
    private final String leat;

    NodeMounts(MountTable table, String leat) {
        this.table = table;
        this.leat = leat;
    }

    /**
     * Bytes and inodes of a file system.
     *
     * @param blockBytes what blocks count in
     */
    record Usage(long blockBytes, long blocks, long blocksFree, long inodes, long inodesFree) {}

    /** Whether something is mounted there, dead or alive. */
    boolean mounted(Path point) throws IOException {
        return !table.at(point).isEmpty();
    }

    /** How full the file system at a place is; null if it does not answer. */
    @Nullable
    Usage usage(Path point) throws IOException {
        Programs.Result result =
                Programs.run(PROBE, Map.of(), List.of("stat", "-f", "-c", "%S %b %a %c %d", "--", point.toString()));
        if (!result.fine()) {
            log.warn("{} does not answer: {}", point, result.words());
            return null;
        }
        String[] words = result.output().strip().split(" ");
        return new Usage(
                Long.parseLong(words[0]),
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]));
    }

    /** Whether something is mounted there that answers. */
    boolean alive(Path point) throws IOException {
        return mounted(point) && usage(point) != null;
    }

    /** Starts a daemon that serves at {@code point}; it is ready when this returns. */
    void serve(String source, Path point, List<String> arguments, Map<String, String> environment)
            throws IOException, CsiException {
        Files.createDirectories(point);
        List<String> command = new ArrayList<>(List.of(leat, "mount", source, point.toString()));
        command.addAll(arguments);
        Programs.Result result = Programs.run(DAEMON, environment, command);
        if (result.code() == 2) {
            throw CsiException.invalid(result.words());
        }
        if (!result.fine()) {
            throw new CsiException(Status.Code.UNAVAILABLE, result.words());
        }
    }

    /** Ends the daemon that serves at {@code point}, when what was written is in the store; takes away what is left of a dead one. */
    void end(Path point) throws IOException, CsiException {
        if (mounted(point)) {
            Programs.Result result = Programs.run(DAEMON, Map.of(), List.of(leat, "umount", point.toString()));
            if (!result.fine() && alive(point)) {
                throw new CsiException(Status.Code.UNAVAILABLE, result.words());
            }
            if (!result.fine()) {
                log.warn("the mount at {} is dead and taken away: {}", point, result.words());
                Programs.run(BIND, Map.of(), List.of(leat, "umount", "--force", point.toString()));
            }
        }
        clear(point);
    }

    /** Shows a directory at another place as well. */
    void bind(Path from, Path to, boolean readOnly) throws IOException, CsiException {
        Files.createDirectories(to);
        run("mount", "--bind", from.toString(), to.toString());
        if (readOnly) {
            try {
                run("mount", "-o", "remount,bind,ro", to.toString());
            } catch (CsiException e) {
                clear(to);
                throw e;
            }
        }
    }

    private static void run(String... command) throws IOException, CsiException {
        Programs.Result result = Programs.run(BIND, Map.of(), List.of(command));
        if (!result.fine()) {
            throw new CsiException(Status.Code.INTERNAL, String.join(" ", command) + ": " + result.words());
        }
    }

    /** Takes away all that is mounted at a place, without waiting for it. */
    void clear(Path point) throws IOException, CsiException {
        for (int i = 0; mounted(point); i++) {
            Programs.Result result = Programs.run(BIND, Map.of(), List.of("umount", "-l", point.toString()));
            if (!result.fine() && mounted(point) && i == STACKED_MAX) {
                throw new CsiException(Status.Code.INTERNAL, "umount " + point + ": " + result.words());
            }
        }
    }

    /** Whether the mount on top of a place is read-only. */
    boolean readOnly(Path point) throws IOException {
        List<MountTable.Mounted> all = table.at(point);
        return !all.isEmpty() && all.getLast().readOnly();
    }

    /** Whether the file system at a place is shown at a third one as well. */
    boolean elsewhere(Path one, Path other) throws IOException {
        List<MountTable.Mounted> first = table.at(one);
        if (first.isEmpty()) {
            return false;
        }
        List<Path> known =
                List.of(one.toAbsolutePath().normalize(), other.toAbsolutePath().normalize());
        return table.all().stream()
                .anyMatch(mount -> mount.device().equals(first.getLast().device()) && !known.contains(mount.point()));
    }

    /** Whether what is on top of both places is one file system. */
    boolean same(Path one, Path other) throws IOException {
        List<MountTable.Mounted> first = table.at(one);
        List<MountTable.Mounted> second = table.at(other);
        return !first.isEmpty()
                && !second.isEmpty()
                && first.getLast().device().equals(second.getLast().device());
    }
}
