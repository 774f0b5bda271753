package dev.leat.cli.volume;

import dev.leat.cli.option.StoreFlags;
import dev.leat.meta.fs.Client;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.gc.GarbageCollector;
import dev.leat.meta.gc.GcReport;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Garbage collection of a volume by a client of its own. */
public final class VolumeGarbage {
    private VolumeGarbage() {}

    /**
     * What a run found and did.
     *
     * @param facts for people, in order
     * @param failures objects that could not be deleted
     */
    public record Result(Map<String, Object> facts, long failures) {
        /** Keeps the order. */
        public Result {
            facts = new LinkedHashMap<>(facts);
        }
    }

    /**
     * Collects everything, or only counts it.
     *
     * @param listener hears that sessions are waited for that may be over
     */
    public static Result collect(String source, StoreFlags flags, boolean delete, GarbageCollector.Waiting listener)
            throws IOException {
        try (OpenVolume volume = OpenVolume.open(source, flags);
                VolumeFs joined = volume.join("gc")) {
            Client client = joined.client();
            long expired = expire(joined, delete);
            GarbageCollector collector = new GarbageCollector(
                    client.transactions(), client.writer(), volume.store(), volume.marker(), joined.garbage());
            if (delete) {
                collector.awaitSilent(listener);
            }
            GcReport report = collector.all(!delete);
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("volume", volume.record().name());
            facts.put("deleted", delete);
            facts.put("expiredTrash", expired);
            facts.put("extentPages", report.pages());
            facts.put("newlyDoomedBlobs", report.doomed());
            facts.put("doomedBlobs", report.deletedBlobs());
            facts.put("doomedBytes", report.deletedBytes());
            facts.put("waitingForClients", report.waiting());
            facts.put("strayObjects", report.strayObjects());
            facts.put("strayBytes", report.strayBytes());
            facts.put("abandonedUploads", report.uploads());
            facts.put("foreignObjects", report.foreign());
            facts.put("failures", report.failures());
            return new Result(facts, report.failures());
        }
    }

    /** What the trash has kept long enough goes first, and with it what has no name any more: then its blobs are garbage. */
    private static long expire(VolumeFs joined, boolean delete) throws IOException {
        if (!delete) {
            return joined.trash().expired(joined.trashDays());
        }
        long expired = joined.trash().expire(joined.trashDays(), () -> false);
        while (joined.reap() > 0) {
            // A round reaps a bounded number of them.
        }
        return expired;
    }
}
