package dev.leat.cli.mount;

import dev.leat.cli.volume.MetaBackups;
import dev.leat.meta.content.VolumeMarker;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.fs.Client;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.gc.GarbageCollector;
import dev.leat.meta.gc.GcReport;
import dev.leat.meta.session.Session;
import dev.leat.meta.session.Turn;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a mount does for its volume in the background: it collects what it freed itself every minute, and once an hour one of all
 * mounts deletes what the trash has kept long enough, one collects everything, and one dumps the metadata into the store.
 */
final class Maintenance implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Maintenance.class);

    /** Freed room is given back within minutes, at a cost of one scan of a mostly empty range a minute. */
    private static final Duration FREED = Duration.ofMinutes(1);

    /** Walking all blobs and listing the store costs a request for each 1,000 objects; what it finds is rare. */
    private static final Duration EVERYTHING = Duration.ofHours(1);

    /** A step under way is one commit or one batch of deletes. */
    private static final Duration END = Duration.ofSeconds(10);

    private final MetaEngine engine;
    private final Clock clock;
    private final MetaBackups backups;
    private final @Nullable Turn backup;
    private final GarbageCollector collector;
    private final Turn full;
    private final VolumeFs meta;
    private final Turn trash;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;
    private String lastFailure = "";

    private Maintenance(MountParts parts, Client client, Session session, Duration backupInterval) {
        this.engine = parts.engine();
        this.clock = client.clock();
        this.backups = new MetaBackups(parts.store().store(), parts.volume().uuid(), parts.form());
        this.backup = backupInterval.isZero()
                ? null
                : new Turn(client.transactions(), client.clock(), "backup", backupInterval);
        this.collector = new GarbageCollector(
                client.transactions(),
                session,
                parts.store().store(),
                new VolumeMarker(parts.volume().uuid(), parts.volume().incarnation()),
                parts.meta().garbage());
        this.full = new Turn(client.transactions(), client.clock(), "gc", EVERYTHING);
        this.meta = parts.meta();
        this.trash = new Turn(client.transactions(), client.clock(), "trash", EVERYTHING);
        this.thread = Thread.ofPlatform().daemon().name("maintenance").unstarted(this::loop);
    }

    /**
     * Starts it for a mount that can write.
     *
     * @param backupInterval how often the metadata is dumped into the store; zero for never
     */
    static Maintenance start(MountParts parts, Duration backupInterval) throws FsException {
        Client client = parts.meta().client();
        Maintenance maintenance = new Maintenance(parts, client, client.writer(), backupInterval);
        maintenance.thread.start();
        return maintenance;
    }

    private void loop() {
        try {
            while (!stop.await(FREED.toMillis(), TimeUnit.MILLISECONDS)) {
                expire();
                collect();
                backUp();
            }
        } catch (InterruptedException e) {
            log.debug("background work was interrupted");
        }
    }

    private void collect() {
        try {
            GcReport report = full.take() ? collector.all(false) : collector.freed();
            if (report.deletedBlobs() + report.strayObjects() + report.uploads() > 0) {
                log.info("garbage collection: {}", report);
            }
            lastFailure = "";
        } catch (IOException | RuntimeException e) {
            // A mount lives for months: not even an error in the program may end this for good.
            String failure = String.valueOf(e.getMessage());
            // The same trouble each minute is told once.
            if (!failure.equals(lastFailure)) {
                log.warn("garbage collection stopped and will be tried again: {}", failure);
                lastFailure = failure;
            }
        }
    }

    private void expire() {
        try {
            if (trash.take()) {
                long gone = meta.trash().expire(meta.trashDays(), () -> stop.getCount() == 0);
                if (gone > 0) {
                    log.info("trash: {} files and directories were kept long enough and are deleted", gone);
                }
            }
        } catch (IOException e) {
            log.warn("the trash could not be emptied and will be in an hour: {}", e.getMessage());
        }
    }

    private void backUp() {
        try {
            if (backup != null && backup.take()) {
                MetaBackups.Backup made = backups.make(engine, clock.instant());
                log.info("metadata backed up to {}, {} bytes", made.key(), made.sizeBytes());
            }
        } catch (IOException | RuntimeException e) {
            log.error("the metadata could not be backed up, the next try is in an interval: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        stop.countDown();
        collector.stop();
        try {
            thread.join(END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
