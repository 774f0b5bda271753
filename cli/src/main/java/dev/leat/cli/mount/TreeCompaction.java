package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.PacedProgress;
import dev.leat.meta.content.CompactionPlan;
import dev.leat.meta.content.CompactionRule;
import dev.leat.meta.content.CompactionWork;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.vfs.Pacer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Compacts the files of a tree on behalf of somebody who asked for it, as fast as it can. */
final class TreeCompaction {
    private final VolumeFs meta;
    private final CompactionRun run;
    private final PacedProgress progress;
    private final AtomicLong files = new AtomicLong();

    private TreeCompaction(MountParts parts, int threads, ControlServer.Progress progress) {
        this.meta = parts.meta();
        this.run = new CompactionRun(parts.vfs().compactor(parts.meta().content(), Pacer.NONE), threads);
        this.progress = new PacedProgress(progress);
    }

    /** Carries out the control command. */
    static Map<String, ?> run(MountParts parts, long top, Map<?, ?> arguments, ControlServer.Progress progress)
            throws IOException {
        parts.meta().client().writer();
        int threads = arguments.get("threads") instanceof Long count ? Math.clamp(count, 1, 64) : 4;
        TreeCompaction compaction = new TreeCompaction(parts, threads, progress);
        try {
            FileWalk.of(parts.meta(), top, compaction::some);
        } catch (InterruptedException e) {
            throw CliException.failed("interrupted; what was compacted stays so, run it again to go on");
        }
        return compaction.facts();
    }

    private void some(List<DirEntry> rows) throws IOException, InterruptedException {
        List<CompactionWork> works = new ArrayList<>();
        for (DirEntry row : rows) {
            works.addAll(CompactionPlan.ofFile(meta.content(), row.ino(), CompactionRule.ALL));
            files.incrementAndGet();
            progress.report(this::facts);
        }
        run.run(works, _ -> progress.report(this::facts));
    }

    private Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("files", files.get());
        facts.putAll(run.facts());
        return facts;
    }
}
