package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.cli.files.Trees;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Progress;
import dev.leat.meta.content.CompactionPlan;
import dev.leat.meta.content.CompactionRule;
import dev.leat.meta.content.CompactionWork;
import dev.leat.vfs.Pacer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compacts a whole volume by a client of its own: files in small pieces, and packs less than half of which is needed. */
public final class VolumeCompaction {
    /** Bytes rewritten by one plan; then the next one is made, until there is nothing to do. */
    private static final long PLAN_BYTES = 64L << 30;

    private VolumeCompaction() {}

    /** Compacts until nothing is left to do; what was done is kept when it is interrupted. */
    public static Map<String, @Nullable Object> run(String source, StoreFlags store, int threads) throws IOException {
        Path scratch = Files.createTempDirectory("leat-compact-");
        try (DirectVolume volume = new DirectVolume(source, store, scratch);
                Progress progress = Progress.of("compacting:", 0, 0)) {
            CompactionRun run =
                    new CompactionRun(volume.vfs().compactor(volume.meta().content(), Pacer.NONE), threads);
            Map<String, @Nullable Object> facts = new LinkedHashMap<>();
            long files = 0;
            long planned = 0;
            while (true) {
                List<CompactionWork> works = CompactionPlan.make(volume.engine(), CompactionRule.ALL, PLAN_BYTES);
                files +=
                        works.stream().mapToLong(CompactionWork::ino).distinct().count();
                long bytes = works.stream().mapToLong(CompactionWork::bytes).sum();
                long extents =
                        works.stream().mapToLong(work -> work.extents().size()).sum();
                planned += bytes;
                progress.total(0, planned);
                run.run(works, sum -> progress.at(sum.blobs(), sum.bytes()));
                // A plan that is not full has everything in it.
                if (bytes < PLAN_BYTES && extents < CompactionPlan.EXTENTS_MAX) {
                    break;
                }
            }
            facts.put("files", files);
            facts.putAll(run.facts());
            return facts;
        } catch (InterruptedException e) {
            throw CliException.failed("interrupted; what was compacted stays so, run it again to go on");
        } finally {
            Trees.remove(scratch);
        }
    }
}
