package dev.leat.cli.volume;

import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Progress;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fsck.Fsck;
import dev.leat.meta.fsck.FsckReport;
import dev.leat.meta.fsck.Problem;
import dev.leat.store.blob.BlobStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A check of a whole volume. */
public final class VolumeCheck {
    private VolumeCheck() {}

    /**
     * What a check found.
     *
     * @param facts numbers for people, in order
     * @param problems a line for each
     * @param sound whether nothing is wrong any more; garbage is not wrong
     */
    public record Result(Map<String, Object> facts, List<String> problems, boolean sound) {
        /** Keeps the order. */
        public Result {
            facts = new LinkedHashMap<>(facts);
            problems = List.copyOf(problems);
        }

        /** The numbers, and the problems as a list. */
        public Map<String, Object> factsWithProblems() {
            Map<String, Object> all = new LinkedHashMap<>(facts);
            all.put("problemList", problems);
            return all;
        }
    }

    /**
     * Checks, and repairs what can be repaired if asked to.
     *
     * @param data whether all bytes in the store are read as well
     */
    public static Result run(String source, StoreFlags flags, boolean repair, boolean data, Path scratch)
            throws IOException {
        try (OpenVolume volume = OpenVolume.open(source, flags);
                Progress progress = Progress.of("checking", 0, 0)) {
            // First, so that a missing key is told before the work.
            BlobStore blobs =
                    data ? VolumeBlobs.unlock(volume.record(), flags.keys()).open(volume.store()) : null;
            Fsck fsck = new Fsck(volume.engine(), volume.store(), volume.blobs(), volume.marker(), scratch);
            FsckReport report;
            if (repair) {
                try (VolumeFs joined = volume.join("fsck")) {
                    report = fsck.repair(joined.client().transactions(), seen -> progress.at(seen, 0));
                }
            } else {
                report = fsck.check(seen -> progress.at(seen, 0));
            }
            BlobScrub.Result bytes =
                    blobs == null ? null : new BlobScrub(volume, blobs).run(read -> progress.at(0, read));
            return result(volume, report, bytes);
        }
    }

    private static Result result(OpenVolume volume, FsckReport report, BlobScrub.@Nullable Result bytes) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("volume", volume.record().name());
        facts.put("files", report.files());
        facts.put("directories", report.directories());
        facts.put("orphans", report.orphans());
        facts.put("blobs", report.blobs());
        facts.put("referencedBytes", report.referencedBytes());
        facts.put("objects", report.objects());
        facts.put("problems", report.problemCount());
        facts.put("repaired", report.repaired());
        long wrong = report.problems().stream()
                .filter(problem -> problem.kind() != Problem.Kind.GARBAGE)
                .count();
        List<String> lines = report.problems().stream()
                .map(problem -> problem.kind() + " " + problem.line())
                .toList();
        boolean sound = wrong <= report.repaired();
        if (bytes == null) {
            return new Result(facts, lines, sound);
        }
        facts.put("readBytes", bytes.readBytes());
        facts.put("damagedBlobs", bytes.damaged().size());
        List<String> all = new ArrayList<>(lines);
        all.addAll(bytes.damaged());
        return new Result(facts, all, sound && bytes.damaged().isEmpty());
    }
}
