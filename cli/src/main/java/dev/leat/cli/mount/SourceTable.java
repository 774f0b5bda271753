package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.cli.Version;
import dev.leat.cli.option.DatasetFlags;
import dev.leat.cli.option.SourceFlags;
import dev.leat.cli.option.SourceSpec;
import dev.leat.cli.option.StoreFlags;
import dev.leat.dataset.SourceUrl;
import dev.leat.dataset.Sources;
import dev.leat.dataset.read.BranchOrigin;
import dev.leat.dataset.shard.ExpandedSource;
import dev.leat.dataset.source.DetachableSource;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.tree.Branch;
import dev.leat.dataset.tree.Tree;
import dev.leat.store.StoreException;
import dev.leat.store.StoreLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sources that a mount shows, added, changed and removed while it is mounted. A change is made whole or not at all: each new
 * source is opened and looked at first. Each belongs to whoever named it, the commands or a file, and only they remove it.
 *
 * <p>Concurrency: all methods from any thread; one change at a time, and readers of other sources are not held up by it.
 */
final class SourceTable implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SourceTable.class);

    /** Who named a source. */
    enum Owner {
        COMMAND,
        FILE
    }

    /** A source that is shown. */
    record Live(SourceSpec spec, Owner owner, Branch branch, DetachableSource source) {}

    private final Tree tree;
    private final BranchOrigin origin;
    private final StoreFlags store;
    private final DatasetFlags dataset;
    private final StoreLimits limits;
    private final Path mountPoint;
    private final SourceTotals totals = new SourceTotals();
    private int nextNumber; // guarded by this
    private volatile Map<String, Live> byName = Map.of();
    private volatile Consumer<List<Tree.Name>> kernel = _ -> {};
    private volatile Consumer<List<Tree.Name>> kernelLater = _ -> {};
    private volatile Saving saving = _ -> {};

    /** Keeps what commands have named. */
    interface Saving {
        /** All of it, after a change. */
        void save(List<SourceSpec> named) throws IOException;
    }

    /**
     * Shows nothing yet.
     *
     * @param store how sources are reached that say nothing of that themselves
     * @param dataset how they are shown that say nothing of that
     * @param limits of each that sets none
     * @param mountPoint the real path of the directory where they are shown, as it was before
     */
    SourceTable(
            Tree tree,
            BranchOrigin origin,
            StoreFlags store,
            DatasetFlags dataset,
            StoreLimits limits,
            Path mountPoint) {
        this.tree = tree;
        this.origin = origin;
        this.store = store;
        this.dataset = dataset;
        this.limits = limits;
        this.mountPoint = mountPoint;
    }

    /**
     * Sets who tells the kernel of names that changed.
     *
     * @param forget has told it when this returns
     * @param later tells it soon
     */
    void kernel(Consumer<List<Tree.Name>> forget, Consumer<List<Tree.Name>> later) {
        kernel = forget;
        kernelLater = later;
    }

    /** Sets who keeps what commands have named, and lets it keep what they have so far. */
    void saving(Saving to) throws IOException {
        synchronized (this) {
            saving = to;
            to.save(named());
        }
    }

    private List<SourceSpec> named() {
        return live().stream()
                .filter(live -> live.owner() == Owner.COMMAND)
                .map(Live::spec)
                .toList();
    }

    /** Has the kernel forget names soon: nobody waits for it. */
    void forget(List<Tree.Name> names) {
        kernelLater.accept(names);
    }

    /** What is shown now. */
    Collection<Live> live() {
        return byName.values();
    }

    /** What all sources were asked for, those included that are not shown any more. */
    SourceTotals totals() {
        return totals;
    }

    /** Shows sources that are not shown yet. */
    void add(List<SourceSpec> added) throws IOException {
        synchronized (this) {
            for (SourceSpec spec : added) {
                if (byName.containsKey(spec.name())) {
                    throw CliException.failed(
                            "there is a mount " + spec.name() + " already; remove it first, or choose another name");
                }
            }
            change(Owner.COMMAND, added, List.of());
        }
    }

    /** Shows sources no longer. */
    void remove(List<String> names) throws IOException {
        synchronized (this) {
            for (String name : names) {
                Live live = byName.get(name);
                if (live == null) {
                    throw CliException.failed("there is no mount " + name + "; there are "
                            + (byName.isEmpty() ? "none" : String.join(", ", byName.keySet())));
                }
                if (live.owner() == Owner.FILE) {
                    throw CliException.failed("the mount " + name + " is named by the file; take it out there");
                }
            }
            change(Owner.COMMAND, List.of(), names);
        }
    }

    /** Makes the sources of an owner be exactly these. */
    void set(Owner owner, List<SourceSpec> wanted) throws IOException {
        synchronized (this) {
            Map<String, SourceSpec> names = new HashMap<>();
            for (SourceSpec spec : wanted) {
                if (names.put(spec.name(), spec) != null) {
                    throw CliException.misused("there are two mounts " + spec.name());
                }
            }
            List<String> removed = new ArrayList<>();
            for (Live live : live()) {
                if (live.owner() == owner && !names.containsKey(live.spec().name())) {
                    removed.add(live.spec().name());
                }
            }
            List<SourceSpec> changed = wanted.stream()
                    .filter(spec -> {
                        Live live = byName.get(spec.name());
                        return live == null
                                || live.owner() != owner
                                || !live.spec().equals(spec);
                    })
                    .toList();
            change(owner, changed, removed);
        }
    }

    /** Guarded by this. */
    private void change(Owner owner, List<SourceSpec> added, List<String> removed) throws IOException {
        Map<String, Live> after = new LinkedHashMap<>(byName);
        removed.forEach(after::remove);
        for (SourceSpec spec : added) {
            Live there = byName.get(spec.name());
            if (there != null && there.owner() != owner) {
                throw CliException.failed("the mount " + spec.name() + " is named by "
                        + (there.owner() == Owner.FILE ? "the file" : "a command") + " already; choose another name");
            }
            after.remove(spec.name());
        }
        Map<String, String> paths = new HashMap<>();
        after.values()
                .forEach(live -> paths.put(live.branch().path(), live.spec().name()));
        for (SourceSpec spec : added) {
            String other = paths.put(spec.path(), spec.name());
            if (other != null) {
                throw CliException.failed("mount " + spec.name() + ": " + other + " is at /" + spec.path()
                        + " already; choose another path");
            }
        }
        List<Live> opened = open(owner, added);
        List<Live> gone = new ArrayList<>();
        byName.values().stream().filter(live -> !after.containsValue(live)).forEach(gone::add);
        opened.forEach(live -> after.put(live.spec().name(), live));
        swap(gone, opened);
        byName = Collections.unmodifiableMap(after);
        gone.forEach(this::end);
        if (owner == Owner.COMMAND) {
            saving.save(named());
        }
        opened.forEach(
                live -> log.info("{} is shown: {}", live.branch(), live.source().location()));
    }

    private void swap(List<Live> gone, List<Live> opened) {
        List<Tree.Name> changed = new ArrayList<>();
        Map<String, Live> before = new HashMap<>();
        gone.forEach(live -> before.put(live.branch().path(), live));
        for (Live live : opened) {
            origin.attach(live.branch());
            totals.add(live.source());
        }
        Set<String> kept =
                Set.copyOf(opened.stream().map(live -> live.branch().path()).toList());
        for (Live live : gone) {
            if (!kept.contains(live.branch().path())) {
                changed.addAll(tree.detach(live.branch()));
            }
        }
        for (Live live : opened) {
            Live there = before.get(live.branch().path());
            changed.addAll(there == null ? tree.attach(live.branch()) : tree.replace(there.branch(), live.branch()));
        }
        gone.forEach(live -> origin.detach(live.branch()));
        kernel.accept(changed);
    }

    private void end(Live live) {
        live.source().close();
        totals.remove(live.source());
        log.info("{} is not shown any more: {}", live.branch(), live.source().location());
    }

    /** Opens sources and looks whether there is something in them, all at a time; all or none. */
    private List<Live> open(Owner owner, List<SourceSpec> specs) throws IOException {
        List<Live> opened = new ArrayList<>();
        IOException failed = null;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Live>> opening = new ArrayList<>();
            for (SourceSpec spec : specs) {
                int number = nextNumber++;
                opening.add(threads.submit(() -> open(owner, spec, number)));
            }
            for (Future<Live> one : opening) {
                try {
                    opened.add(one.get());
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof CliException misuse) {
                        failed = failed == null ? new Refused(misuse) : failed;
                    } else if (e.getCause() instanceof IOException io) {
                        failed = failed == null ? io : failed;
                    } else {
                        throw new IllegalStateException(e.getCause());
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    failed = new IOException("interrupted", e);
                }
            }
        }
        if (failed != null) {
            opened.forEach(live -> live.source().close());
            if (failed instanceof Refused refused) {
                throw refused.why;
            }
            throw failed;
        }
        return opened;
    }

    /** Carries a misuse out of the threads. */
    private static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;
        private final transient CliException why;

        Refused(CliException why) {
            super(why);
            this.why = why;
        }
    }

    private Live open(Owner owner, SourceSpec spec, int number) throws IOException {
        SourceUrl url = spec.url();
        SourceFlags flags = new SourceFlags(spec, store, dataset, limits);
        refuseItself(url);
        Source plain = Sources.open(url, flags.options(), "leat/" + Version.text(), flags.caBundle());
        DetachableSource source = new DetachableSource(flags.expand() ? new ExpandedSource(plain) : plain);
        boolean done = false;
        try {
            probe(source);
            Branch branch = new Branch(number, spec.name(), spec.path(), source, flags.freshness(), flags.ownership());
            done = true;
            return new Live(spec, owner, branch, source);
        } finally {
            if (!done) {
                source.close();
            }
        }
    }

    private void refuseItself(SourceUrl url) throws IOException {
        if (url instanceof SourceUrl.Directory(Path shown)
                && Files.exists(shown)
                && mountPoint.startsWith(shown.toRealPath())) {
            throw CliException.misused(mountPoint + " lies in " + shown
                    + ", which is to be shown there: a tree cannot hold itself; name another mount point");
        }
    }

    /** A source that cannot be listed, or shows nothing, is refused now rather than found to be empty later. */
    private static void probe(Source source) throws StoreException {
        boolean[] any = new boolean[1];
        source.list("", entry -> {
            any[0] = true;
            return false;
        });
        if (!any[0]) {
            throw CliException.failed(
                    "there is nothing in " + source.location() + "; check bucket, prefix or path of the address");
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            live().forEach(live -> live.source().close());
        }
    }
}
