package dev.leat.cli.volume;

import dev.leat.cli.CliException;
import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.meta.session.SessionSpec;
import dev.leat.meta.session.Unslotted;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.UnaryOperator;

/** Changes a volume's record. */
public final class VolumeChange {
    private static final SecureRandom RANDOM = new SecureRandom();

    private VolumeChange() {}

    /** Applies a change to the record as it is now, in one durable commit, and returns the result. */
    public static VolumeRecord apply(MetaEngine engine, UnaryOperator<VolumeRecord> change) throws IOException {
        while (true) {
            // Also refuses a volume of a newer format, which must not be written in this one.
            Volumes.load(engine);
            Value value = engine.get(List.of(Keys.VOLUME_RECORD), List.of()).get(Keys.VOLUME_RECORD);
            if (value == null) {
                throw CliException.failed("the volume at " + engine.info().location() + " was removed in this moment");
            }
            VolumeRecord changed = change.apply(VolumeRecord.decode(value.bytes()));
            Stamp stamp = new Stamp(RANDOM.nextLong(), 0);
            Commit commit = new Commit(
                    null,
                    stamp,
                    List.of(new Check.At(Keys.VOLUME_RECORD, value.stamp())),
                    List.of(new Write.Put(Keys.VOLUME_RECORD, changed.encode())),
                    true);
            CommitResult result = Unslotted.commit(engine, commit, SessionSpec.REQUEST_DEADLINE_DEFAULT);
            if (result instanceof CommitResult.Applied || own(result, stamp)) {
                return changed;
            }
        }
    }

    /** Whether it failed because an earlier copy of it was applied. */
    private static boolean own(CommitResult result, Stamp stamp) {
        if (!(result instanceof CommitResult.Failed failed)) {
            return false;
        }
        Value now = failed.now(Keys.VOLUME_RECORD);
        return now != null && now.stamp().equals(stamp);
    }
}
