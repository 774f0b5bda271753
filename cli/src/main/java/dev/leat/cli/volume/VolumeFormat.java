package dev.leat.cli.volume;

import dev.leat.cli.CliException;
import dev.leat.cli.option.StoreFlags;
import dev.leat.meta.MetaEngines;
import dev.leat.meta.content.BlobKeys;
import dev.leat.meta.content.VolumeMarker;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.QuotaRecord;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.store.ListPage;
import dev.leat.store.OpenStore;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import dev.leat.store.blob.Compression;
import dev.leat.store.file.FileStore;
import dev.leat.store.key.MasterKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes a volume: tries the store, then writes the volume's record; what fails leaves nothing behind. */
public final class VolumeFormat {
    /** As long as in JuiceFS. */
    public static final int TRASH_DAYS_DEFAULT = 1;

    private static final int TRASH_DAYS_MAX = 36_500;

    private static final String PROBE = "leat-format-probe";

    private VolumeFormat() {}

    /**
     * A volume that was made.
     *
     * @param volume its record
     * @param metadata where the metadata lies, without secrets
     * @param store where the data lies
     */
    public record Made(VolumeRecord volume, String metadata, String store) {
        /** What its key is wrapped by, or null if it is not encrypted. */
        public @Nullable String encryption() {
            String wrapped = VolumeBlobs.wrappedKey(volume);
            return wrapped == null ? null : MasterKey.opener(wrapped);
        }
    }

    /** Refuses a number of days that makes no sense. */
    static int checkedTrashDays(int days) {
        if (days < 0 || days > TRASH_DAYS_MAX) {
            throw CliException.misused("--trash-days must be 0 to " + TRASH_DAYS_MAX + ", not " + days);
        }
        return days;
    }

    /**
     * Makes a volume.
     *
     * @param trashDays how long removed files are kept, 0 for not at all
     * @param bytesMax most bytes in it, null or 0 for no limit
     * @param inodesMax most inodes in it, null or 0 for no limit
     * @param compression of its blobs
     * @param acls whether files can have POSIX ACLs
     */
    public static Made make(
            String source,
            String store,
            @Nullable String name,
            int trashDays,
            StoreFlags flags,
            @Nullable Long bytesMax,
            @Nullable Long inodesMax,
            Compression compression,
            boolean acls,
            String version)
            throws IOException {
        int days = checkedTrashDays(trashDays);
        MetaUrl metaUrl = MetaUrl.parse(source);
        StoreUrl storeUrl = StoreUrl.parse(store);
        String volumeName = name != null ? checked(name) : nameOf(metaUrl);
        MasterKey master = flags.keys().given();
        requireFree(metaUrl);
        @Nullable Path made = missingDirectory(storeUrl);
        boolean done = false;
        try (OpenStore open = Stores.open(storeUrl, flags.options(java.util.Map.of(), true, StoreLimits.NONE))) {
            probe(open);
            VolumeRecord volume = VolumeBlobs.with(
                    VolumeRecord.create(
                                    volumeName,
                                    storeUrl.toString(),
                                    flags.kept(),
                                    days,
                                    new SecureRandom().nextLong(),
                                    version)
                            .withOption(VolumeRecord.ACL, acls ? VolumeRecord.ON : VolumeRecord.OFF),
                    compression,
                    master);
            VolumeMarker marker = new VolumeMarker(volume.uuid(), volume.incarnation());
            marker.create(open.store());
            try {
                record(metaUrl, volume, limit(bytesMax, inodesMax));
                done = true;
            } finally {
                if (!done) {
                    open.store().delete(List.of(new BlobKeys(volume.uuid()).marker()));
                }
            }
            return new Made(volume, metaUrl.redacted(), storeUrl.toString());
        } finally {
            if (!done && made != null) {
                removeEmpty(made, storeUrl);
            }
        }
    }

    /** Fails before anything is made where there is a volume already, or where the metadata cannot be reached. */
    private static void requireFree(MetaUrl url) throws IOException {
        try (MetaEngine engine = MetaEngines.open(url, OpenMode.EXISTING)) {
            Volumes.load(engine);
            throw exists(url);
        } catch (MetaException e) {
            if (e.kind() != MetaException.Kind.NOT_FOUND) {
                throw e;
            }
        }
    }

    private static CliException exists(MetaUrl url) {
        return CliException.failed(
                "there is a volume at " + url.redacted() + " already; mount it, or remove it with 'leat destroy'");
    }

    private static @Nullable QuotaRecord limit(@Nullable Long bytesMax, @Nullable Long inodesMax) {
        long bytes = bytesMax == null ? 0 : bytesMax;
        long inodes = inodesMax == null ? 0 : inodesMax;
        return bytes == 0 && inodes == 0 ? null : new QuotaRecord(0, bytes, inodes);
    }

    private static void record(MetaUrl url, VolumeRecord volume, @Nullable QuotaRecord limit) throws IOException {
        try (MetaEngine engine = MetaEngines.open(url, OpenMode.CREATE)) {
            try {
                Volumes.format(engine, volume, Caller.ROOT, limit);
            } catch (MetaException e) {
                if (e.kind() == MetaException.Kind.EXISTS) {
                    throw exists(url);
                }
                throw e;
            }
            String warning = engine.info().warning();
            if (warning != null) {
                System.err.println("leat: warning: " + warning);
            }
        }
    }

    /** Writes, reads, lists and deletes an object, so that a store that cannot be used is told now. */
    private static void probe(OpenStore open) throws IOException {
        byte[] text = "written by leat format to see whether this store can be used; remove it\n"
                .getBytes(StandardCharsets.UTF_8);
        open.store().put(PROBE, ByteBuffer.wrap(text), PutCondition.ALWAYS);
        ByteBuffer back = ByteBuffer.allocate(text.length);
        open.store().get(PROBE, 0, back, null);
        if (!java.util.Arrays.equals(back.array(), text)) {
            throw CliException.failed("the store " + open.store().location()
                    + " gave back other bytes than were written; it cannot hold a volume");
        }
        ListPage page = open.store().list(PROBE, null, null, 1);
        if (page.objects().isEmpty()) {
            throw CliException.failed("the store " + open.store().location()
                    + " does not list what was just written; it cannot hold a volume");
        }
        open.store().delete(List.of(PROBE));
    }

    private static String nameOf(MetaUrl url) {
        String path = url.path();
        String last = path.substring(path.lastIndexOf('/') + 1).replaceAll("\\.db$", "");
        String cleaned = last.replaceAll("[^A-Za-z0-9._-]", "-");
        return cleaned.isEmpty() || cleaned.matches("\\d+") ? "volume" + cleaned : cleaned;
    }

    private static String checked(String name) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")) {
            throw CliException.misused(
                    "'" + name
                            + "' is no volume name; up to 63 letters, digits, dots, dashes and underscores, not a dot or dash first");
        }
        return name;
    }

    /** The topmost directory that opening the store will make, or null. */
    private static @Nullable Path missingDirectory(StoreUrl url) {
        if (!(url instanceof StoreUrl.Directory directory)) {
            return null;
        }
        Path missing = null;
        for (Path path = directory.path(); path != null && !Files.exists(path); path = path.getParent()) {
            missing = path;
        }
        return missing;
    }

    /** Takes away a directory that opening the store made, unless anything but the store's own book-keeping is in it. */
    private static void removeEmpty(Path top, StoreUrl url) throws IOException {
        if (!(url instanceof StoreUrl.Directory directory) || !Files.isDirectory(directory.path())) {
            return;
        }
        Path own = directory.path().resolve(FileStore.OWN_FOLDER);
        try (Stream<Path> inside = Files.walk(top)) {
            for (Path path : inside.sorted(Comparator.reverseOrder()).toList()) {
                if (!Files.isDirectory(path) && !path.startsWith(own)) {
                    return;
                }
                Files.deleteIfExists(path);
            }
        }
    }
}
