package dev.leat.cli.worker;

import dev.leat.cache.StoreSource;
import dev.leat.cli.CliException;
import dev.leat.cli.Version;
import dev.leat.cli.option.DatasetFlags;
import dev.leat.cli.option.SourceFlags;
import dev.leat.cli.option.SourceSpec;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.volume.VolumeBlobs;
import dev.leat.dataset.SourceUrl;
import dev.leat.dataset.Sources;
import dev.leat.dataset.read.InPlace;
import dev.leat.dataset.source.DetachableSource;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.meta.MetaEngines;
import dev.leat.meta.content.BlobKeys;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.store.Blob;
import dev.leat.store.OpenStore;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import dev.leat.worker.server.ServedSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sources of a worker, opened with its own credentials. */
final class OpenSources implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OpenSources.class);

    private volatile List<Opened> all = List.of();

    /**
     * One source.
     *
     * @param name what it is called for people: a volume's name or a location
     * @param served how the worker serves it
     * @param spec as a dataset's file names it; null for what the command line names
     * @param source data in place; null for a volume
     * @param end what is closed in the end
     */
    record Opened(
            String name,
            ServedSource served,
            @Nullable SourceSpec spec,
            @Nullable DetachableSource source,
            AutoCloseable end) {}

    /** Opens each; fails with one line. */
    static OpenSources open(List<String> sources, StoreFlags store) throws IOException {
        OpenSources open = new OpenSources();
        boolean done = false;
        try {
            for (String source : sources) {
                List<Opened> all = new ArrayList<>(open.all);
                all.add(SourceUrl.isSource(source) ? inPlace(source, store) : volume(source, store));
                open.all = all;
            }
            done = true;
            return open;
        } finally {
            if (!done) {
                open.close();
            }
        }
    }

    /** Serves exactly the sources that a dataset's file names; all that are new can be listed, or nothing changes. */
    synchronized void set(List<SourceSpec> wanted, StoreFlags store) throws IOException {
        List<Opened> before = all;
        List<Opened> after = new ArrayList<>();
        List<Opened> fresh = new ArrayList<>();
        boolean done = false;
        try {
            for (SourceSpec spec : wanted) {
                Opened there = before.stream()
                        .filter(one -> spec.equals(one.spec()))
                        .findFirst()
                        .orElse(null);
                if (there == null) {
                    there = inPlace(spec, store);
                    fresh.add(there);
                    probe(there);
                }
                after.add(there);
            }
            done = true;
        } finally {
            if (!done) {
                fresh.forEach(OpenSources::end);
            }
        }
        all = List.copyOf(after);
        before.stream().filter(one -> !after.contains(one)).forEach(OpenSources::end);
    }

    private static void probe(Opened opened) throws IOException {
        if (opened.source() != null) {
            opened.source().list("", _ -> false);
        }
    }

    private static Opened inPlace(SourceSpec spec, StoreFlags store) throws IOException {
        SourceFlags flags = new SourceFlags(spec, store, new DatasetFlags(), StoreLimits.NONE);
        return inPlace(spec, Sources.open(spec.url(), flags.options(), "leat/" + Version.text(), flags.caBundle()));
    }

    private static Opened inPlace(@Nullable SourceSpec spec, Source opened) {
        DetachableSource source = new DetachableSource(opened);
        InPlace origin = new InPlace(source);
        ServedSource served = new ServedSource(SourceIdentity.of(source), origin, blob -> fits(origin, blob));
        return new Opened(source.location(), served, spec, source, source);
    }

    private static Opened volume(String url, StoreFlags flags) throws IOException {
        VolumeRecord volume;
        try (MetaEngine engine = MetaEngines.open(MetaUrl.parse(url), OpenMode.EXISTING)) {
            volume = Volumes.load(engine);
        }
        VolumeBlobs form = VolumeBlobs.unlock(volume, flags.keys());
        OpenStore store = Stores.open(
                StoreUrl.parse(volume.storeUrl()), flags.options(volume.storeOptions(), false, StoreLimits.NONE));
        BlobKeys keys = new BlobKeys(volume.uuid());
        ServedSource served = new ServedSource(
                SourceIdentity.of(volume),
                new StoreSource(form.open(store.store())),
                blob -> blob.id().equals(keys.parse(blob.key())));
        return new Opened(volume.name(), served, null, null, store);
    }

    private static Opened inPlace(String address, StoreFlags flags) throws IOException {
        SourceUrl url;
        try {
            url = SourceUrl.parse(address);
        } catch (IllegalArgumentException e) {
            throw CliException.misused(String.valueOf(e.getMessage()));
        }
        String bundle = flags.kept().get("ca-bundle");
        return inPlace(
                null,
                Sources.open(
                        url,
                        flags.options(Map.of(), false, StoreLimits.NONE),
                        "leat/" + Version.text(),
                        bundle == null ? null : Path.of(bundle)));
    }

    private static boolean fits(InPlace origin, Blob blob) {
        return blob.etag() != null
                && blob.sizeBytes() > 0
                && origin.blob(blob.key(), Facts.file(blob.sizeBytes(), Facts.UNKNOWN, blob.etag()))
                        .id()
                        .equals(blob.id());
    }

    /** All of them. */
    List<Opened> all() {
        return all;
    }

    /** How the worker serves them. */
    List<ServedSource> served() {
        Map<String, ServedSource> byIdentity = new LinkedHashMap<>();
        // A dataset may show one place at two paths.
        all.forEach(one -> byIdentity.putIfAbsent(one.served().identity(), one.served()));
        return List.copyOf(byIdentity.values());
    }

    @Override
    public void close() {
        all.forEach(OpenSources::end);
    }

    private static void end(Opened source) {
        try {
            source.end().close();
        } catch (Exception e) {
            // The others are closed all the same.
            log.warn("while closing {}: {}", source.name(), e.getMessage());
        }
    }
}
