package dev.leat.cli.worker;

import dev.leat.cache.StoreSource;
import dev.leat.cli.CliException;
import dev.leat.cli.Version;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.volume.VolumeBlobs;
import dev.leat.dataset.SourceUrl;
import dev.leat.dataset.Sources;
import dev.leat.dataset.read.InPlace;
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
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sources of a worker, opened with its own credentials. */
final class OpenSources implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OpenSources.class);

    private final List<Opened> all = new ArrayList<>();

    /**
     * One source.
     *
     * @param name what it is called for people: a volume's name or a location
     * @param served how the worker serves it
     * @param end what is closed in the end
     */
    record Opened(String name, ServedSource served, AutoCloseable end) {}

    /** Opens each; fails with one line. */
    static OpenSources open(List<String> sources, StoreFlags store) throws IOException {
        OpenSources open = new OpenSources();
        boolean done = false;
        try {
            for (String source : sources) {
                open.all.add(SourceUrl.isSource(source) ? inPlace(source, store) : volume(source, store));
            }
            done = true;
            return open;
        } finally {
            if (!done) {
                open.close();
            }
        }
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
        return new Opened(volume.name(), served, store);
    }

    private static Opened inPlace(String address, StoreFlags flags) throws IOException {
        SourceUrl url;
        try {
            url = SourceUrl.parse(address);
        } catch (IllegalArgumentException e) {
            throw CliException.misused(String.valueOf(e.getMessage()));
        }
        String bundle = flags.kept().get("ca-bundle");
        Source source = Sources.open(
                url,
                flags.options(Map.of(), false, StoreLimits.NONE),
                "leat/" + Version.text(),
                bundle == null ? null : Path.of(bundle));
        InPlace origin = new InPlace(source);
        ServedSource served = new ServedSource(SourceIdentity.of(source), origin, blob -> fits(origin, blob));
        return new Opened(source.location(), served, source);
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
        return all.stream().map(Opened::served).toList();
    }

    @Override
    public void close() {
        for (Opened source : all) {
            try {
                source.end().close();
            } catch (Exception e) {
                // The others are closed all the same.
                log.warn("while closing {}: {}", source.name(), e.getMessage());
            }
        }
    }
}
