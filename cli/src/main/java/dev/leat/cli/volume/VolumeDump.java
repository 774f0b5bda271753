package dev.leat.cli.volume;

import dev.leat.cli.CliException;
import dev.leat.cli.option.StoreFlags;
import dev.leat.meta.MetaEngines;
import dev.leat.meta.content.VolumeMarker;
import dev.leat.meta.dump.DumpLoad;
import dev.leat.meta.dump.DumpReader;
import dev.leat.meta.dump.DumpSummary;
import dev.leat.meta.dump.DumpWriter;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.store.OpenStore;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Dumps of metadata into files, and back. */
public final class VolumeDump {
    private VolumeDump() {}

    /** Dumps to a stream. */
    public static DumpSummary toStream(String source, OutputStream to) throws IOException {
        try (MetaEngine engine = MetaEngines.open(MetaUrl.parse(source), OpenMode.EXISTING)) {
            return DumpWriter.write(engine, to);
        }
    }

    /** Dumps to a file that appears when it is complete and on disk; one that is there is replaced only when told so. */
    public static DumpSummary toFile(String source, Path file, boolean replace) throws IOException {
        if (!replace && Files.exists(file)) {
            throw CliException.failed(file + " exists; choose another name, or replace it with --force");
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw CliException.failed("there is no directory " + folder + " to write " + file.getFileName() + " into");
        }
        // A dump says who owns which file; it is its owner's alone.
        Path part = Files.createTempFile(
                folder,
                file.getFileName() + ".",
                ".part",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            DumpSummary summary;
            try (FileOutputStream out = new FileOutputStream(part.toFile())) {
                summary = toStream(source, out);
                out.getFD().sync();
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            return summary;
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Loads a file, which is read once before anything is written. */
    public static DumpSummary fromFile(Path file, String target) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            DumpReader.check(in);
        }
        try (InputStream in = Files.newInputStream(file)) {
            return fromStream(in, target);
        }
    }

    /** Loads a stream. */
    public static DumpSummary fromStream(InputStream from, String target) throws IOException {
        try (MetaEngine engine = MetaEngines.open(MetaUrl.parse(target), OpenMode.CREATE)) {
            DumpSummary loaded = DumpLoad.load(from, engine, new SecureRandom().nextLong());
            String warning = engine.info().warning();
            if (warning != null) {
                System.err.println("leat: warning: " + warning);
            }
            return loaded;
        }
    }

    /**
     * Loads a backup of the metadata from the store of a volume.
     *
     * @param uuid which volume, where there are several; null for the only one
     * @param at the last backup at or before this time; null for the last one
     */
    public static DumpSummary fromStore(
            String store, StoreFlags flags, @Nullable UUID uuid, @Nullable Instant at, String target)
            throws IOException {
        try (OpenStore open = Stores.open(StoreUrl.parse(store), flags.options(Map.of(), false, StoreLimits.NONE))) {
            MetaBackups backups = new MetaBackups(open.store(), MetaBackups.volumeIn(open.store(), uuid));
            MetaBackups.Backup backup = backups.find(at);
            try (InputStream in = backups.open(backup, flags.keys())) {
                DumpReader.check(in);
            }
            System.err.println("leat: loading the backup of " + backup.time());
            try (InputStream in = backups.open(backup, flags.keys())) {
                return fromStream(in, target);
            }
        }
    }

    /** Lets the loaded volume delete from its store; the one that was dumped no longer may. */
    public static void takeOver(VolumeRecord volume, StoreFlags flags) throws IOException {
        try (OpenStore open = Stores.open(
                StoreUrl.parse(volume.storeUrl()), flags.options(volume.storeOptions(), false, StoreLimits.NONE))) {
            new VolumeMarker(volume.uuid(), volume.incarnation()).takeOver(open.store());
        }
    }
}
