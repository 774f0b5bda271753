package dev.leat.cli.volume;

import dev.leat.cli.CliException;
import dev.leat.cli.Version;
import dev.leat.cli.control.ControlClient;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.output.Facts;
import dev.leat.cli.output.Progress;
import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.VolumeFs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reaches the trash of a volume by its metadata URL, or by a mount point, where the daemon does the work. Needs no access to the store. */
public final class TrashAccess {
    private final String subject;

    /** The trash of {@code subject}, a metadata URL or a mount point. */
    public TrashAccess(String subject) {
        this.subject = subject;
    }

    private interface Work {
        Map<String, Object> on(TrashWork trash) throws IOException;
    }

    /** See {@link TrashWork#list}. */
    public Map<String, Object> list() throws IOException {
        return work("list", Map.of(), true, TrashWork::list);
    }

    /** See {@link TrashWork#empty}. */
    public Map<String, Object> empty(@Nullable Duration olderThan) throws IOException {
        Map<String, Object> arguments = olderThan == null ? Map.of() : Map.of("olderThanMs", olderThan.toMillis());
        return work("empty", arguments, false, trash -> trash.empty(olderThan));
    }

    /** See {@link TrashWork#restore}. */
    public Map<String, Object> restore(List<String> buckets, boolean putBack) throws IOException {
        return work(
                "restore",
                Map.of("buckets", buckets, "putBack", putBack),
                !putBack,
                trash -> trash.restore(buckets, putBack, item -> {}));
    }

    private Map<String, Object> work(String action, Map<String, Object> arguments, boolean readOnly, Work work)
            throws IOException {
        try (Progress progress = Progress.of(action + ":", 0, 0)) {
            Consumer<Map<?, ?>> shown = facts -> {
                progress.total(Facts.number(facts, "files"), 0);
                progress.at(Facts.number(facts, "filesDone"), 0);
            };
            return subject.contains("://") ? here(readOnly, shown::accept, work) : inDaemon(action, arguments, shown);
        }
    }

    private Map<String, Object> here(boolean readOnly, ControlServer.Progress progress, Work work) throws IOException {
        MountSpec spec = MountSpec.of("leat trash").withVersion(Version.text());
        try (MetaEngine engine = MetaEngines.open(MetaUrl.parse(subject), OpenMode.EXISTING);
                VolumeFs fs = VolumeFs.mount(engine, readOnly ? spec.asReadOnly() : spec)) {
            return work.on(new TrashWork(fs, progress));
        }
    }

    private Map<String, Object> inDaemon(String action, Map<String, Object> arguments, Consumer<Map<?, ?>> progress)
            throws IOException {
        StateFolder state = StateFolder.of(Path.of(subject));
        if (!state.alive()) {
            throw CliException.failed("nothing of Leat's is mounted at " + subject
                    + "; 'leat status' lists what is, and a metadata URL does as well");
        }
        Map<String, Object> request = new LinkedHashMap<>(arguments);
        request.put("action", action);
        Map<String, Object> result = new LinkedHashMap<>();
        ControlClient.call(state, "trash", request, progress)
                .forEach((key, value) -> result.put(String.valueOf(key), value));
        return result;
    }
}
