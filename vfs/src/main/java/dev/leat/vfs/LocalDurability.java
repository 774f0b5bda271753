package dev.leat.vfs;

import dev.leat.meta.fs.ContentVersion;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code --durability local}: what was synced or closed lies in its work file and an {@link Intent} says so, until it is in the store. {@link Replay} is the other half.
 *
 * <p>The rules that make replaying right, whatever moment the machine stops at:
 * <ul>
 * <li>The bytes are on the disk before their intent is.
 * <li>As long as the log on the disk has an intent of a file, nothing else of it is published than what that intent says: other bytes are synced first, and the end of an intent is on the disk before the next content of its file is
 * committed. So to publish an intent once more changes nothing.
 * <li>A publication of what an intent says is durable before the intent ends.
 * </ul>
 *
 * <p>It looks at work files and dirty ranges when it is asked to, and needs not hear of each write.
 */
final class LocalDurability implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LocalDurability.class);

    /** How often what ended is written down, so that few have to wait for it. */
    private static final Duration SETTLE = Duration.ofSeconds(1);

    /**
     * What the log has of a file; kept when the file is let go of, until the log on the disk has its end.
     *
     * @param durable whether the log on the disk may hold an intent of it
     * @param changes the state of the file that this intent tells of, see {@link OpenInode#changes}
     * @param intent number of its record
     * @param end number of the record that ends it, 0 while it has not ended
     * @param noted whether there is a later intent, which counts until the machine starts again
     */
    private record State(boolean durable, long changes, long intent, long end, boolean noted) {
        private static final State NOTED = new State(false, -1, 0, 0, true);

        private static State of(@Nullable State before) {
            return before == null ? NOTED : new State(before.durable, before.changes, before.intent, before.end, true);
        }

        /** Whether the log says what the file holds, on the disk as soon as it is synced up to the intent. */
        boolean tells(long now) {
            return durable && end == 0 && changes == now;
        }

        /** After its end is on the disk. */
        private @Nullable State ended() {
            return noted ? NOTED : null;
        }
    }

    private final MetaFs meta;
    private final LocalOptions options;
    private final SyncThreads disk;
    private final IntentLog intents;
    private final Map<Long, State> states = new ConcurrentHashMap<>();
    private final List<KeptAside> aside = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService settler = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("intents").factory());

    LocalDurability(MetaFs meta, Path folder, LocalOptions options) throws IOException {
        this.meta = meta;
        this.options = options;
        this.disk = new SyncThreads();
        this.intents = IntentLog.open(folder, disk);
        for (Long ino : intents.live().keySet()) {
            states.put(ino, new State(true, -1, 0, 0, false));
        }
        long pause = SETTLE.toMillis();
        var _ = settler.scheduleWithFixedDelay(this::settle, pause, pause, TimeUnit.MILLISECONDS);
    }

    /** The intents of the work folder. */
    IntentLog intents() {
        return intents;
    }

    /** Whether a file has bytes that may be published after the end of this process, so that its work file has to be kept. */
    boolean keeps(long ino) {
        return states.containsKey(ino);
    }

    private static boolean isUnpublished(OpenInode file) {
        return file.isDirty() || file.flushing != null;
    }

    private static RangeSet unpublished(OpenInode file) {
        RangeSet ranges = file.dirty.copy();
        if (file.flushing != null) {
            ranges.addAll(file.flushing);
        }
        return ranges;
    }

    /**
     * Makes everything that was written to a file survive power loss, on this machine.
     *
     * @return false if the work disk cannot be relied on any more, so that only the store can keep it
     */
    boolean sync(OpenInode file) throws FsException {
        if (file.workFailed) {
            throw new FsException(Errno.EIO, "the work file of inode " + file.ino + " failed before");
        }
        if (intents.failure() != null) {
            return false;
        }
        boolean reliable = syncContent(file);
        if (reliable) {
            syncRecord(file);
        }
        return reliable;
    }

    private boolean syncContent(OpenInode file) throws FsException {
        WorkFile work = null;
        RangeSet before = new RangeSet();
        long changes;
        long number = 0;
        file.look();
        file.lock.lock();
        try {
            changes = file.changes;
            State state = states.get(file.ino);
            if (!isUnpublished(file)) {
                number = state == null || state.tells(changes) ? 0 : end(file.ino, state);
            } else if (state != null && state.tells(changes)) {
                number = state.intent;
            } else {
                work = file.work;
                before = unpublished(file);
            }
        } finally {
            file.lock.unlock();
        }
        if (work != null && !work.isThere()) {
            log.error("{} was removed: what was written to inode {} can only go into the store", work, file.ino);
            return false;
        }
        if (work != null) {
            Future<?> begun = disk.begin(work.handle());
            // The name and the bytes at the same time.
            syncRecord(file);
            await(file, work, begun);
            number = intend(file, before, changes);
        }
        return settled(number);
    }

    private static void await(OpenInode file, WorkFile work, Future<?> begun) throws FsException {
        try {
            SyncThreads.await(begun);
        } catch (IOException e) {
            // What the disk has of it now is not known, and asking again would only seem to help.
            file.workFailed = true;
            throw work.failed("sync", e);
        }
    }

    /** Waits for the log; false if it failed. */
    private boolean settled(long number) {
        try {
            intents.sync(number);
            return true;
        } catch (IOException e) {
            log.error("{}; from now on fsync waits for the store", e.getMessage());
            return false;
        }
    }

    /** Notes what of {@code synced} is still to be published. */
    private long intend(OpenInode file, RangeSet synced, long changes) throws FsException {
        file.lock.lock();
        try {
            if (!isUnpublished(file)) {
                return 0;
            }
            RangeSet ranges = unpublished(file);
            ranges.retainAll(synced);
            long number = intents.intent(intent(file, ranges, true));
            states.put(file.ino, new State(true, changes, number, 0, false));
            return number;
        } catch (IOException e) {
            throw failed(file, e);
        } finally {
            file.lock.unlock();
        }
    }

    private static FsException failed(OpenInode file, IOException e) {
        Errno errno = WorkFile.errno(e);
        return new FsException(errno, "inode " + file.ino + " could not be synced: " + e.getMessage(), e);
    }

    private Intent intent(OpenInode file, RangeSet ranges, boolean synced) {
        RangeSet appended = file.appended.copy();
        appended.retainAll(ranges);
        ContentVersion base = file.content.view().version();
        return new Intent(
                file.ino,
                options.session(),
                base,
                ranges,
                appended,
                file.written,
                file.killPrivileges,
                meta.place(file.ino),
                synced,
                options.boot());
    }

    /** The record itself: that the file was made, its length, its mode. */
    private void syncRecord(OpenInode file) throws FsException {
        file.lock.lock();
        try {
            if (!file.recordLazy) {
                return;
            }
            file.recordLazy = false;
        } finally {
            file.lock.unlock();
        }
        boolean done = false;
        try {
            meta.sync();
            done = true;
        } finally {
            if (!done) {
                file.recordLazy = true;
            }
        }
    }

    /** A file was closed: what was written survives the end of this process, but not that of the machine. */
    void note(OpenInode file) throws FsException {
        file.look();
        file.lock.lock();
        try {
            State state = states.get(file.ino);
            boolean known = state != null && state.tells(file.changes);
            if (known || !isUnpublished(file) || intents.failure() != null) {
                return;
            }
            intents.intent(intent(file, unpublished(file), false));
            states.compute(file.ino, (_, before) -> State.of(before));
        } catch (IOException e) {
            log.warn("inode {} would not be published by the next mount: {}", file.ino, e.getMessage());
        } finally {
            file.lock.unlock();
        }
    }

    /** Whether a publication has to be durable, because an intent ends with it; under the file's lock. */
    boolean needsDurable(OpenInode file) {
        State state = states.get(file.ino);
        return state != null && state.durable && state.end == 0;
    }

    /** Before a publication: waits until the log on the disk says of the file what is published, or nothing. */
    void beforePublication(PublishJob job) throws FsException {
        OpenInode file = job.file();
        long number;
        file.lock.lock();
        try {
            State state = states.get(file.ino);
            if (state == null || !state.durable) {
                return;
            }
            boolean told = state.tells(job.changes());
            number = told ? state.intent : state.end == 0 ? -1 : state.end;
        } finally {
            file.lock.unlock();
        }
        boolean reliable = number < 0 ? syncContent(file) : settled(number);
        if (!reliable) {
            throw new FsException(
                    Errno.EIO,
                    "the work disk failed and holds an older state of inode " + file.ino
                            + " that was acknowledged: what came later cannot be published over it");
        }
    }

    /**
     * A publication was taken over; under the file's lock.
     *
     * @param durable whether it survives the loss of the metadata engine's power
     */
    void published(OpenInode file, boolean durable) {
        State state = states.get(file.ino);
        if (state == null || isUnpublished(file)) {
            return;
        }
        if (state.durable && !durable) {
            // It was synced while it was on its way: the intent may not end before the publication is safe.
            settler.execute(() -> endLater(file));
            return;
        }
        try {
            end(file.ino, state);
        } catch (FsException e) {
            log.warn("inode {} is published, and the next mount will publish it again: {}", file.ino, e.getMessage());
        }
    }

    private void endLater(OpenInode file) {
        try {
            meta.sync();
        } catch (FsException e) {
            log.warn("inode {} is published, and the next mount will publish it again: {}", file.ino, e.getMessage());
            return;
        }
        file.lock.lock();
        try {
            published(file, true);
        } finally {
            file.lock.unlock();
        }
    }

    /** Notes that nothing is left to publish; answers the record's number. */
    private long end(long ino, State state) throws FsException {
        if (state.end != 0 && !state.noted) {
            return state.end;
        }
        try {
            long number = intents.end(ino);
            if (state.durable) {
                states.put(ino, new State(true, state.changes, state.intent, number, false));
            } else {
                states.remove(ino);
            }
            return number;
        } catch (IOException e) {
            throw new FsException(WorkFile.errno(e), e.getMessage() == null ? "intents" : e.getMessage(), e);
        }
    }

    /** Before bytes of the work file are cut off: the shorter length has to be as durable as they were; under the file's lock. */
    void beforeCut(OpenInode file) throws FsException {
        if (needsDurable(file)) {
            meta.sync();
        }
    }

    /** After what was to be published became less without a publication; under the file's lock. */
    void shrunk(OpenInode file) throws FsException {
        State state = states.get(file.ino);
        if (state != null && !isUnpublished(file)) {
            end(file.ino, state);
        }
    }

    /** A file is losing its last name here, or has lost it: if it is gone, what was written to it is not missed. */
    void removing(long ino) {
        try {
            if (states.containsKey(ino)) {
                intents.removed(ino, true);
            }
        } catch (IOException e) {
            log.debug("the removal of inode {} is not noted: {}", ino, e.getMessage());
        }
    }

    /** A file was not removed after all: if it is gone one day, others have removed it. */
    void kept(long ino) {
        try {
            if (states.containsKey(ino)) {
                intents.removed(ino, false);
            }
        } catch (IOException e) {
            log.debug("it is not noted that inode {} was not removed: {}", ino, e.getMessage());
        }
    }

    /** Takes over an intent whose bytes are on the disk, of a file that goes on here; for {@link IntentLog#sync}. */
    void adopt(Intent intent, long changes) throws IOException {
        states.put(intent.ino(), new State(true, changes, intents.intent(intent), 0, false));
    }

    /** An intent of which nothing is to be done. */
    void forget(long ino) throws IOException {
        State state = states.get(ino);
        if (state != null) {
            end(ino, state);
        }
    }

    /** The work disk. */
    SyncThreads disk() {
        return disk;
    }

    /** After the daemon before was killed and this one has its files: what is not among them was published, or cut off. */
    void resumed(Inodes inodes) throws IOException {
        for (Long ino : List.copyOf(states.keySet())) {
            OpenInode file = inodes.get(ino);
            if (file == null || file.unpublishedBytes() < 0) {
                forget(ino);
            }
        }
        intents.sync(intents.last());
    }

    /** Remembers a file that was made for bytes without a place. */
    void keptAside(Aside made) {
        aside.add(new KeptAside(made.place().parent(), made.place().name().toString()));
    }

    /** Those files. */
    List<KeptAside> aside() {
        return List.copyOf(aside);
    }

    /** Writes down what has ended, so that the next content of a file need not wait for that. */
    private void settle() {
        try {
            boolean ended = states.values().stream().anyMatch(state -> state.end != 0);
            if (ended && intents.failure() == null) {
                intents.sync(intents.last());
                states.keySet()
                        .forEach(ino -> states.computeIfPresent(
                                ino,
                                (_, state) -> state.end != 0 && intents.isDurable(state.end) ? state.ended() : state));
            }
        } catch (IOException | RuntimeException e) {
            log.error("intents: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        settler.shutdownNow();
        settle();
        disk.close();
        try {
            intents.close();
            intents.removeIfEmpty();
        } catch (IOException e) {
            log.warn("intents: {}", e.getMessage());
        }
    }
}
