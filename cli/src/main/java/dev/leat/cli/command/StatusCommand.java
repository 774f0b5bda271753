package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlClient;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
import dev.leat.cli.output.Json;
import dev.leat.cli.output.Progress;
import dev.leat.cli.volume.VolumeStatus;
import dev.leat.cli.worker.WorkerDaemon;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat status}. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Tells what is mounted, how a mount or a worker is doing, or what a volume is.",
        footer = {"", "Example: leat status", "Example: leat status --json /mnt/volume"})
final class StatusCommand implements Callable<Integer> {
    /** What the name of a worker begins with. */
    private static final String WORKER = "worker://";

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "VOLUME|MOUNTPOINT|worker://HOST:PORT",
            description = "A metadata URL, a mount point, or a worker of this machine by where it listens. "
                    + "Default: all mounts and workers of this user.")
    private @Nullable String subject;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Option(
            names = "--measure",
            description =
                    "Of a mount of data in place: goes over all of it first, and tells how many files and bytes there are and are cached, of each source.")
    private boolean measure;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        String asked = subject;
        if (measure && (asked == null || asked.contains("://"))) {
            throw CliException.misused("--measure is for a mount of data in place: name its mount point");
        }
        if (asked == null) {
            return mounts();
        }
        Facts.print(System.out, facts(asked), json);
        return 0;
    }

    private Map<String, @Nullable Object> facts(String asked) throws IOException {
        if (asked.startsWith(WORKER)) {
            String address = asked.substring(WORKER.length());
            return live(
                    WorkerDaemon.state(address),
                    "no worker of this machine listens on " + address + "; 'leat status' lists them");
        }
        return asked.contains("://") ? VolumeStatus.of(asked) : mount(Path.of(asked));
    }

    private Map<String, @Nullable Object> mount(Path mountPoint) throws IOException {
        return live(
                StateFolder.of(mountPoint.toAbsolutePath().normalize()),
                "nothing of Leat's is mounted at " + mountPoint + "; 'leat status' lists what is");
    }

    private Map<String, @Nullable Object> live(StateFolder state, String none) throws IOException {
        if (state.facts().isEmpty()) {
            throw CliException.failed(none);
        }
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        if (measure) {
            try (Progress progress = Progress.of("looking at", 0, 0)) {
                ControlClient.call(
                        state,
                        "measure",
                        Map.of(),
                        found -> progress.at(Facts.number(found, "files"), Facts.number(found, "bytes")));
            }
        }
        ControlClient.call(state, "status", Map.of(), _ -> {})
                .forEach((key, value) -> facts.put(String.valueOf(key), value));
        return facts;
    }

    /** The volume's name, or where the data lies that is mounted in place. */
    private static @Nullable Object name(Map<String, @Nullable Object> facts) {
        Object volume = facts.get("volume");
        return volume == null ? facts.get("source") : volume;
    }

    private int mounts() throws IOException {
        java.util.List<Object> all = new java.util.ArrayList<>();
        for (StateFolder state : StateFolder.all()) {
            Map<String, @Nullable Object> facts = state.facts().orElse(Map.of());
            if (facts.isEmpty()) {
                continue;
            }
            facts.put("alive", state.alive());
            all.add(facts);
            if (!json) {
                System.out.println(line(facts, state.alive()));
            }
        }
        if (json) {
            System.out.println(Json.pretty(all));
        } else if (all.isEmpty()) {
            System.out.println("nothing is mounted");
        }
        return 0;
    }

    private static String line(Map<String, @Nullable Object> facts, boolean alive) {
        Object worker = facts.get("worker");
        if (worker != null) {
            return WORKER + worker + "  " + facts.get("sources") + "  pid " + facts.get("pid")
                    + (alive ? "" : "  (it is dead; the next one at this address takes its place)");
        }
        return facts.get("mountPoint") + "  " + name(facts) + "  pid " + facts.get("pid")
                + (alive ? "" : "  (its daemon is dead; 'leat umount --force' clears it)");
    }
}
