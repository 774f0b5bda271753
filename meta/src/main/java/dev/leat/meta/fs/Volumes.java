package dev.leat.meta.fs;

import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import dev.leat.meta.record.Attributes;
import dev.leat.meta.record.DirParent;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.QuotaRecord;
import dev.leat.meta.record.VolumeRecord;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes volumes and recognises them. */
public final class Volumes {
    /** Mode of a new volume's root directory, as mkfs makes it. */
    private static final int ROOT_MODE = 0755;

    private static final int TRIES = 10;

    private Volumes() {}

    /**
     * Makes a volume, whose root directory belongs to the super-user.
     *
     * @throws MetaException EXISTS if there is one already
     */
    public static void format(MetaEngine engine, VolumeRecord volume) throws MetaException {
        format(engine, volume, Caller.ROOT, null);
    }

    /**
     * Makes a volume.
     *
     * @param owner whose its root directory is
     * @param limit how large it may become; null for no limit
     * @throws MetaException EXISTS if there is one already
     */
    public static void format(MetaEngine engine, VolumeRecord volume, Caller owner, @Nullable QuotaRecord limit)
            throws MetaException {
        Time now = Time.now(Clock.systemUTC());
        Attributes attributes = Attributes.of(ROOT_MODE, owner.uid(), owner.gid(), now);
        Stamp stamp = new Stamp(new SecureRandom().nextLong(), 0);
        List<Write> writes = new ArrayList<>();
        writes.add(new Write.Put(Keys.VOLUME_RECORD, volume.encode()));
        writes.add(new Write.Put(Keys.RENAME_EPOCH, new byte[0]));
        writes.add(new Write.Put(Keys.dir(MetaFs.ROOT), new DirRecord(attributes, null, 0).encode()));
        writes.add(new Write.Put(Keys.dirParent(MetaFs.ROOT), new DirParent(MetaFs.ROOT, null).encode()));
        if (limit != null) {
            writes.add(new Write.Put(Keys.quota(0), limit.encode()));
        }
        Commit commit = new Commit(
                null,
                stamp,
                List.of(new Check.Absent(Keys.VOLUME_RECORD), new Check.Absent(Keys.dir(MetaFs.ROOT))),
                writes,
                true);
        switch (commit(engine, commit)) {
            case CommitResult.Applied() -> {
                // Made.
            }
            case CommitResult.Failed(Map<Key, Optional<Value>> current) -> {
                boolean own = current.getOrDefault(Keys.VOLUME_RECORD, Optional.empty())
                        .filter(value -> value.stamp().equals(stamp))
                        .isPresent();
                if (!own) {
                    throw new MetaException(
                            Kind.EXISTS,
                            "there is a volume at " + engine.info().location()
                                    + " already; choose another place, or remove it with `leat destroy`");
                }
            }
            case CommitResult.Fenced() -> throw new IllegalStateException("a commit without a slot cannot be fenced");
        }
    }

    /** Sends the commit again while nobody knows what became of it. */
    private static CommitResult commit(MetaEngine engine, Commit commit) throws MetaException {
        for (int tries = 1; ; tries++) {
            try {
                return engine.commit(commit);
            } catch (MetaException e) {
                if (e.kind() != Kind.UNAVAILABLE || tries == TRIES) {
                    throw e;
                }
            }
        }
    }

    /**
     * Reads what a volume is.
     *
     * @throws MetaException NOT_FOUND if there is none, FOREIGN if it needs a newer Leat
     */
    public static VolumeRecord load(MetaEngine engine) throws MetaException {
        Value value = engine.get(List.of(Keys.VOLUME_RECORD), List.of()).get(Keys.VOLUME_RECORD);
        if (value == null) {
            throw new MetaException(
                    Kind.NOT_FOUND,
                    "there is no volume at " + engine.info().location() + "; make one with `leat format`");
        }
        VolumeRecord volume = VolumeRecord.decode(value.bytes());
        if (volume.formatVersion() > VolumeRecord.FORMAT_VERSION) {
            throw foreign(engine, volume, "has format " + volume.formatVersion());
        }
        long unknown = volume.incompatible() & ~VolumeRecord.INCOMPATIBLE_KNOWN;
        if (unknown != 0) {
            throw foreign(engine, volume, "uses features 0x" + Long.toHexString(unknown));
        }
        return volume;
    }

    /** Refuses to change a volume whose features this Leat may only read. */
    static void requireWritable(MetaEngine engine, VolumeRecord volume) throws MetaException {
        long unknown = volume.readOnlyCompatible() & ~VolumeRecord.READ_ONLY_COMPATIBLE_KNOWN;
        if (unknown != 0) {
            throw new MetaException(
                    Kind.FOREIGN,
                    "the volume at " + engine.info().location() + " uses features 0x" + Long.toHexString(unknown)
                            + " that this Leat can only read; mount it --read-only, or use a newer Leat");
        }
    }

    private static MetaException foreign(MetaEngine engine, VolumeRecord volume, String what) {
        return new MetaException(
                Kind.FOREIGN,
                "the volume at " + engine.info().location() + " " + what
                        + ", which this Leat does not know; it was made by Leat " + volume.createdBy()
                        + ", use that or a newer one");
    }
}
