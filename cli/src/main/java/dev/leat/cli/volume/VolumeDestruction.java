package dev.leat.cli.volume;

import dev.leat.cli.CliException;
import dev.leat.cli.option.StoreFlags;
import dev.leat.meta.MetaEngines;
import dev.leat.meta.content.BlobKeys;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.SessionRecord;
import dev.leat.store.DeleteFailure;
import dev.leat.store.ListPage;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.PendingUpload;
import dev.leat.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Removes a volume: first its objects, of these the marker last, then its metadata. Whatever interrupts it, running it again goes on.
 */
public final class VolumeDestruction {
    private static final int PAGE = 1_000;
    private static final int SESSIONS_SHOWN = 100;

    private final String source;
    private final StoreFlags flags;
    private final boolean force;

    /**
     * What was removed.
     *
     * @param objects number of objects
     * @param bytes their size
     */
    public record Done(long objects, long bytes) {}

    /**
     * The removal of the volume at a metadata URL.
     *
     * @param force also while clients are there, where an interrupted load left no volume, or when the store belongs to another incarnation
     */
    public VolumeDestruction(String source, StoreFlags flags, boolean force) {
        this.source = source;
        this.flags = flags;
        this.force = force;
    }

    /** What would be removed, for people; fails if there is nothing, or if it must not be. */
    public String subject() throws IOException {
        MetaUrl url = MetaUrl.parse(source);
        try (MetaEngine engine = MetaEngines.open(url, OpenMode.EXISTING)) {
            if (!isVolume(engine)) {
                return "what an interrupted load left at " + url.redacted();
            }
            refuseClients(engine);
            return "volume " + Volumes.load(engine).name() + " at " + url.redacted();
        }
    }

    private boolean isVolume(MetaEngine engine) throws MetaException {
        try {
            Volumes.load(engine);
            return true;
        } catch (MetaException e) {
            if (e.kind() == MetaException.Kind.NOT_FOUND && force) {
                return false;
            }
            throw e;
        }
    }

    private void refuseClients(MetaEngine engine) throws MetaException {
        List<Map.Entry<Key, Value>> sessions = engine.scan(Keys.sessions(), null, SESSIONS_SHOWN);
        if (sessions.isEmpty() || force) {
            return;
        }
        SessionRecord first =
                SessionRecord.decode(sessions.getFirst().getValue().bytes());
        throw CliException.failed((sessions.size() == SESSIONS_SHOWN ? "at least " : "") + sessions.size()
                + " clients use the volume, such as " + first.host() + ":" + first.pid() + " at " + first.mountPoint()
                + "; unmount it there, or say --force if they are dead");
    }

    /**
     * Removes it.
     *
     * @param progress told now and then how many objects were deleted
     * @param warnings told what was left alone
     */
    public Done run(LongConsumer progress, Consumer<String> warnings) throws IOException {
        Done done = new Done(0, 0);
        boolean volume;
        try (MetaEngine engine = MetaEngines.open(MetaUrl.parse(source), OpenMode.EXISTING)) {
            volume = isVolume(engine);
        }
        if (volume) {
            try (OpenVolume open = OpenVolume.open(source, flags)) {
                refuseClients(open.engine());
                if (ownsStore(open, warnings)) {
                    done = objects(open.store(), new BlobKeys(open.record().uuid()), progress);
                }
            }
        }
        try (MetaEngine engine = MetaEngines.open(MetaUrl.parse(source), OpenMode.EXISTING)) {
            engine.destroy();
        }
        return done;
    }

    private boolean ownsStore(OpenVolume open, Consumer<String> warnings) throws StoreException {
        try {
            open.marker().require(open.store());
            return true;
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.NOT_FOUND && isEmpty(open)) {
                return false;
            }
            if (force && !e.kind().retryable()) {
                warnings.accept("leat: warning: the objects are left alone: " + e.getMessage());
                return false;
            }
            throw e;
        }
    }

    private static boolean isEmpty(OpenVolume open) throws StoreException {
        String prefix = new BlobKeys(open.record().uuid()).prefix();
        return open.store().list(prefix, null, null, 1).objects().isEmpty();
    }

    private static Done objects(ObjectStore store, BlobKeys keys, LongConsumer progress) throws StoreException {
        for (List<PendingUpload> pending = store.pendingUploads(keys.prefix());
                !pending.isEmpty();
                pending = store.pendingUploads(keys.prefix())) {
            for (PendingUpload upload : pending) {
                store.abort(upload);
            }
        }
        long count = 0;
        long bytes = 0;
        String after = null;
        while (true) {
            ListPage page = store.list(keys.prefix(), null, after, PAGE);
            List<String> names = new ArrayList<>();
            for (ObjectInfo object : page.objects()) {
                after = object.key();
                if (!object.key().equals(keys.marker())) {
                    names.add(object.key());
                    bytes += object.sizeBytes();
                }
            }
            delete(store, names);
            count += names.size();
            progress.accept(count);
            if (!page.truncated() || page.objects().isEmpty()) {
                break;
            }
        }
        delete(store, List.of(keys.marker()));
        return new Done(count, bytes);
    }

    private static void delete(ObjectStore store, List<String> names) throws StoreException {
        int batch = store.capabilities().deleteBatchMax();
        for (int i = 0; i < names.size(); i += batch) {
            List<DeleteFailure> failures = store.delete(names.subList(i, Math.min(names.size(), i + batch)));
            if (!failures.isEmpty()) {
                DeleteFailure first = failures.getFirst();
                throw CliException.failed(failures.size() + " objects could not be deleted from " + store.location()
                        + ", the first, " + first.key() + ", because: " + first.reason()
                        + "; the metadata is still there, run it again");
            }
        }
    }
}
