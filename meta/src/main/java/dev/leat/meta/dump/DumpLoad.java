package dev.leat.meta.dump;

import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Write;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.meta.session.SessionSpec;
import dev.leat.meta.session.Unslotted;
import java.io.IOException;
import java.io.InputStream;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads a dump into an empty engine. The volume's record is written last, so that nothing can be mounted before all is there; the volume gets a new
 * incarnation, and what refers to its blobs stays as it was.
 */
public final class DumpLoad {
    private static final Logger LOG = LoggerFactory.getLogger(DumpLoad.class);

    /** Room for the parts of a commit that are no values. */
    private static final int BATCH_BYTES = Commit.VALUES_BYTES_MAX;

    private final MetaEngine engine;
    private final long session = new SecureRandom().nextLong();
    private final Map<Key, Write> batch = new LinkedHashMap<>();
    private long batchBytes;
    private long sequence;

    private DumpLoad(MetaEngine engine) {
        this.engine = engine;
    }

    /**
     * Loads a dump. When it fails, everything that it wrote is removed again.
     *
     * @param incarnation the volume's new one
     * @throws MetaException EXISTS if the engine is not empty, CORRUPT or FOREIGN if the dump cannot be used
     */
    public static DumpSummary load(InputStream from, MetaEngine engine, long incarnation) throws IOException {
        refuseOccupied(engine);
        boolean done = false;
        try {
            DumpLoad load = new DumpLoad(engine);
            DumpSummary read = DumpReader.read(from, load::take);
            load.flush();
            VolumeRecord volume = incarnate(read.volume(), incarnation);
            load.finish(volume);
            done = true;
            return new DumpSummary(volume, read.entries());
        } finally {
            if (!done) {
                removeAll(engine);
            }
        }
    }

    private static void removeAll(MetaEngine engine) {
        try {
            engine.destroy();
        } catch (MetaException e) {
            LOG.error(
                    "what was loaded into {} could not be removed: {}; remove it with 'leat destroy --force'",
                    engine.info().location(),
                    e.getMessage());
        }
    }

    private static void refuseOccupied(MetaEngine engine) throws MetaException {
        try {
            engine.export((_, _) -> {
                throw new OccupiedException();
            });
        } catch (OccupiedException e) {
            throw new MetaException(
                    Kind.EXISTS,
                    "there is metadata at " + engine.info().location()
                            + " already, perhaps of an interrupted load; load into another place, or remove it with"
                            + " 'leat destroy --force'");
        }
    }

    private static VolumeRecord incarnate(VolumeRecord volume, long incarnation) {
        return new VolumeRecord(
                volume.name(),
                volume.uuid(),
                incarnation,
                volume.formatVersion(),
                volume.compatible(),
                volume.readOnlyCompatible(),
                volume.incompatible(),
                volume.storeUrl(),
                volume.storeOptions(),
                volume.blockSizeBytes(),
                volume.trashDays(),
                volume.createdBy(),
                volume.options());
    }

    private void take(Key key, byte @Nullable [] value) throws IOException {
        int bytes = value == null ? 0 : value.length;
        if (batch.size() == Commit.OPERATIONS_MAX || batchBytes + bytes > BATCH_BYTES || batch.containsKey(key)) {
            flush();
        }
        batch.put(key, value == null ? new Write.Delete(key) : new Write.Put(key, value));
        batchBytes += bytes;
    }

    private void flush() throws IOException {
        if (!batch.isEmpty()) {
            commit(List.of(), List.copyOf(batch.values()), false);
            batch.clear();
            batchBytes = 0;
        }
    }

    private void finish(VolumeRecord volume) throws IOException {
        engine.sync();
        commit(
                List.of(new Check.Absent(Keys.VOLUME_RECORD)),
                List.of(new Write.Put(Keys.VOLUME_RECORD, volume.encode())),
                true);
    }

    private void commit(List<Check> checks, List<Write> writes, boolean durable) throws IOException {
        Stamp stamp = new Stamp(session, ++sequence);
        CommitResult result = Unslotted.commit(
                engine, new Commit(null, stamp, checks, writes, durable), SessionSpec.REQUEST_DEADLINE_DEFAULT);
        if (result instanceof CommitResult.Failed failed) {
            var now = failed.now(Keys.VOLUME_RECORD);
            if (now == null || !now.stamp().equals(stamp)) {
                throw new MetaException(
                        Kind.EXISTS,
                        "somebody else made a volume at " + engine.info().location() + " meanwhile");
            }
        }
    }

    /** Ends a walk at the first key. */
    private static final class OccupiedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
