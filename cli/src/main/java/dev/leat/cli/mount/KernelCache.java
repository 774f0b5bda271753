package dev.leat.cli.mount;

import dev.leat.fuse.session.Notifier;
import dev.leat.meta.fs.ChangeListener;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Name;
import dev.leat.vfs.Vfs;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what the kernel remembers of this mount true while other clients change the volume.
 *
 * <p>The kernel may keep names and attributes for long only while the feed of changes is fresh. A reply that was begun
 * before a change and sent after it would put the old state back: so a request notes the count of changes when it begins,
 * and its reply may be kept only if the count is the same at its end. What remains of that race, between the last look
 * at the count and the kernel's taking the reply, is closed by telling the kernel each change once more a moment
 * later.
 */
final class KernelCache implements ChangeListener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(KernelCache.class);

    /** While changes are heard of: long enough that an epoch over a large tree asks for nothing twice. */
    private static final long FRESH_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** The same on a kernel that cannot be told to forget everything at once: what is old when the feed is lost stays this long. */
    private static final long FRESH_WITHOUT_EPOCH_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** While they are not: as other network file systems do. */
    private static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** When changes are told again; far longer than a reply takes to reach the kernel. */
    private static final long AGAIN_MS = 50;

    /** When a changed file that could not be read is tried again. */
    private static final long RETRY_MS = 1_000;

    private final Vfs vfs;
    private final AtomicLong changes = new AtomicLong();
    private final ExecutorService notifications = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("kernel-cache").daemon(true).factory());
    private final Executor again = CompletableFuture.delayedExecutor(AGAIN_MS, TimeUnit.MILLISECONDS, notifications);
    private final Executor later = CompletableFuture.delayedExecutor(RETRY_MS, TimeUnit.MILLISECONDS, notifications);
    private final ConcurrentHashMap<Long, Boolean> pending = new ConcurrentHashMap<>();
    private volatile boolean fresh;
    private volatile long freshNanos = FRESH_WITHOUT_EPOCH_NANOS;

    /** Whether changes may have been missed, so that open files have to be read anew once changes are heard of again. */
    private volatile boolean missed;

    private final @Nullable HolderRelay relay;

    /** Has told the kernel when its methods return. */
    private volatile @Nullable Notifier notifier;

    /** For what nobody waits for. */
    private volatile @Nullable Notifier relayed;

    /**
     * For a mount.
     *
     * @param fresh whether changes are heard of
     * @param holder who holds it, and passes on what nobody waits for; null if nobody does
     */
    KernelCache(Vfs vfs, boolean fresh, @Nullable Holder holder) {
        this.vfs = vfs;
        this.fresh = fresh;
        this.relay = holder == null ? null : holder.relay(this::resumed);
    }

    void started(Notifier kernel) {
        this.notifier = kernel;
        this.relayed = relay == null ? kernel : kernel.relayed(relay);
        try {
            // Nothing is cached yet: this only shows whether the kernel knows the message (Linux 6.16).
            freshNanos = kernel.incrementEpoch() ? FRESH_NANOS : FRESH_WITHOUT_EPOCH_NANOS;
        } catch (IOException e) {
            freshNanos = FRESH_WITHOUT_EPOCH_NANOS;
        }
    }

    /** Goes on where another daemon was, which may have missed something: names are asked for again, and open files are read anew. */
    void resumed() {
        changes.incrementAndGet();
        submit(() -> kernel().everythingChanged());
        submit(() -> vfs.openInodes().forEach(ino -> quietly(() -> readAnew(ino))));
    }

    /** To be called when a request begins. */
    long begin() {
        return changes.get();
    }

    /** How long the kernel may keep the answer of a request that began at {@code began}. */
    long ttlNanos(long began) {
        if (changes.get() != began) {
            return 0;
        }
        return fresh ? freshNanos : STALE_NANOS;
    }

    /** Makes the kernel forget a file's pages and attributes before this returns. */
    void forget(long ino) {
        changes.incrementAndGet();
        quietly(() -> kernel(notifier).inodeChanged(ino));
    }

    /** Makes the kernel forget a name that a command changed in this mount, with all below it, before this returns. */
    void changedHere(long parent, Name name) {
        changes.incrementAndGet();
        quietly(() -> kernel(notifier).entryChanged(parent, name.bytes().toArray()));
        quietly(() -> kernel(notifier).inodeChanged(parent));
        // Once more, for replies that were on their way.
        entryChanged(parent, name);
        inodeChanged(parent);
    }

    @Override
    public void inodeChanged(long ino) {
        changes.incrementAndGet();
        if (pending.putIfAbsent(ino, true) == null) {
            submit(() -> {
                pending.remove(ino);
                readAnew(ino);
            });
            again.execute(() -> quietly(() -> kernel().inodeChanged(ino)));
        }
    }

    @Override
    public void entryChanged(long parent, Name name) {
        changes.incrementAndGet();
        submit(() -> kernel().entryChanged(parent, name.bytes().toArray()));
        again.execute(
                () -> quietly(() -> kernel().entryChanged(parent, name.bytes().toArray())));
    }

    @Override
    public void reset() {
        fresh = false;
        missed = true;
        changes.incrementAndGet();
        log.warn("changes by other clients are not heard of at present: everything cached is asked for again");
        submit(() -> kernel().everythingChanged());
    }

    @Override
    public void fresh() {
        fresh = true;
        if (missed) {
            missed = false;
            // Names are asked for again by themselves. Who has a file open asks for nothing.
            submit(() -> vfs.openInodes().forEach(ino -> quietly(() -> readAnew(ino))));
        }
    }

    /** Has an open file's readers see its present content, and makes the kernel forget the old one. */
    private void readAnew(long ino) throws IOException {
        try {
            if (vfs.changed(ino)) {
                // Who has the old content open keeps the node of that name; everybody else is to find another one.
                kernel().everythingChanged();
            }
        } catch (FsException e) {
            if (!e.isGone()) {
                // Nobody tells us a second time.
                later.execute(() -> inodeChanged(ino));
            }
            throw e;
        } finally {
            kernel().inodeChanged(ino);
        }
    }

    private interface Telling {
        void run() throws IOException;
    }

    private interface Kernel {
        void inodeChanged(long ino) throws IOException;

        void entryChanged(long parent, byte[] name) throws IOException;

        void everythingChanged() throws IOException;
    }

    private Kernel kernel() {
        return kernel(relayed);
    }

    private Kernel kernel(@Nullable Notifier by) {
        return by == null ? NOBODY : new Told(by, vfs);
    }

    private void submit(Telling telling) {
        if (!notifications.isShutdown()) {
            notifications.execute(() -> quietly(telling));
        }
    }

    private static void quietly(Telling telling) {
        try {
            telling.run();
        } catch (FsException e) {
            log.debug("a changed file could not be read again: {}", e.getMessage());
        } catch (IOException e) {
            // ENOENT: the kernel did not have it, which is just as good.
            log.trace("notification: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        notifications.shutdownNow();
        if (relay != null) {
            relay.close();
        }
    }

    private static final Kernel NOBODY = new Kernel() {
        @Override
        public void inodeChanged(long ino) {}

        @Override
        public void entryChanged(long parent, byte[] name) {}

        @Override
        public void everythingChanged() {}
    };

    private record Told(Notifier notifier, Vfs vfs) implements Kernel {
        @Override
        public void inodeChanged(long ino) throws IOException {
            for (long node : vfs.nodes().all(ino)) {
                notifier.invalInode(node, 0, 0);
            }
        }

        @Override
        public void entryChanged(long parent, byte[] name) throws IOException {
            notifier.invalEntry(parent, name);
        }

        @Override
        public void everythingChanged() throws IOException {
            notifier.incrementEpoch();
        }
    }
}
