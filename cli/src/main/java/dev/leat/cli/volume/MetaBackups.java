package dev.leat.cli.volume;

import dev.leat.cli.CliException;
import dev.leat.cli.option.KeyFlags;
import dev.leat.meta.content.BlobKeys;
import dev.leat.meta.dump.DumpWriter;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.fs.Volumes;
import dev.leat.store.DeleteFailure;
import dev.leat.store.ListPage;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.StoreException;
import dev.leat.store.blob.DataKey;
import dev.leat.store.blob.SealedStream;
import java.io.BufferedInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Dumps of a volume's metadata beside its blobs, named by the time at which they were begun: {@code <volume>/meta/2026-11-21T060000Z.dump}.
 *
 * <p>Kept are the first of each of the last 48 hours, 14 days and 8 weeks <em>that have one</em>: counted, not compared with the present, so that a wrong clock
 * cannot make all of them old.
 */
public final class MetaBackups {
    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final String SUFFIX = ".dump";

    /** Before the wrapped key, with which a sealed backup begins. */
    private static final String SEALED = "leat sealed dump 1\n";

    private static final int WRAPPED_MAX = 16 << 10;
    private static final int HOURS = 48;
    private static final int DAYS = 14;
    private static final int WEEKS = 8;
    private static final int PAGE = 1_000;
    private static final Pattern VOLUME = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/");

    private final ObjectStore store;
    private final String prefix;
    private final @Nullable VolumeBlobs form;

    /**
     * A backup.
     *
     * @param key its object
     * @param time when it was begun
     * @param sizeBytes its size
     */
    public record Backup(String key, Instant time, long sizeBytes) {}

    /** The backups of a volume that is not encrypted. */
    public MetaBackups(ObjectStore store, UUID volume) {
        this(store, volume, null);
    }

    /**
     * The backups of a volume.
     *
     * @param form its key, with which new ones are sealed; null to leave them as they are
     */
    public MetaBackups(ObjectStore store, UUID volume, @Nullable VolumeBlobs form) {
        this.store = store;
        this.prefix = new BlobKeys(volume).backups();
        this.form = form;
    }

    /**
     * The one volume with backups in a store.
     *
     * @param wanted which one, where there are several; null for the only one
     */
    public static UUID volumeIn(ObjectStore store, @Nullable UUID wanted) throws StoreException {
        List<UUID> found = new ArrayList<>();
        String after = null;
        while (true) {
            ListPage page = store.list("", "/", after, PAGE);
            for (String folder : page.prefixes()) {
                after = folder;
                if (VOLUME.matcher(folder).matches()) {
                    UUID volume = UUID.fromString(folder.substring(0, folder.length() - 1));
                    if ((wanted == null || wanted.equals(volume))
                            && !new MetaBackups(store, volume).list().isEmpty()) {
                        found.add(volume);
                    }
                }
            }
            for (ObjectInfo object : page.objects()) {
                after = after == null || object.key().compareTo(after) > 0 ? object.key() : after;
            }
            if (!page.truncated()) {
                break;
            }
        }
        if (found.isEmpty()) {
            throw CliException.failed("there is no backup of " + (wanted == null ? "a volume" : "volume " + wanted)
                    + " in " + store.location());
        }
        if (found.size() > 1) {
            throw CliException.misused("there are backups of " + found.size() + " volumes in " + store.location()
                    + "; name one with --uuid: " + found);
        }
        return found.getFirst();
    }

    /** Makes one, and removes those that are not to be kept any more. */
    public Backup make(MetaEngine engine, Instant now) throws IOException {
        Instant time = now.truncatedTo(ChronoUnit.SECONDS);
        String key = prefix + NAME.format(time) + SUFFIX;
        try (StoreOutput out = new StoreOutput(store, key)) {
            write(engine, out, key);
            out.complete();
        }
        Backup made = new Backup(key, time, store.head(key).sizeBytes());
        List<String> old = surplus(list()).stream().map(Backup::key).toList();
        for (DeleteFailure failure : old.isEmpty() ? List.<DeleteFailure>of() : store.delete(old)) {
            throw new IOException("the backup " + key + " is made, but an old one cannot be removed from "
                    + store.location() + ": " + failure.key() + ": " + failure.reason());
        }
        return made;
    }

    private void write(MetaEngine engine, StoreOutput out, String key) throws IOException {
        DataKey dataKey = form == null ? null : form.form().dataKey();
        // As it is now: the master key may have been rotated since this process opened the volume.
        String wrapped = VolumeBlobs.wrappedKey(Volumes.load(engine));
        if (dataKey == null || wrapped == null) {
            DumpWriter.write(engine, out);
            return;
        }
        // Whoever has the master key must be able to open it when the volume's record is lost.
        out.write((SEALED + wrapped + "\n").getBytes(StandardCharsets.US_ASCII));
        try (OutputStream sealed = SealedStream.seal(new Unclosed(out), dataKey, key)) {
            DumpWriter.write(engine, sealed);
        }
    }

    /** What is written to it goes on; that it is closed does not, since the object is not to be given up. */
    private static final class Unclosed extends FilterOutputStream {
        Unclosed(OutputStream to) {
            super(to);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void close() {
            // Its owner does.
        }
    }

    /** All of them, the oldest first. */
    public List<Backup> list() throws StoreException {
        List<Backup> all = new ArrayList<>();
        String after = null;
        while (true) {
            ListPage page = store.list(prefix, null, after, PAGE);
            for (ObjectInfo object : page.objects()) {
                after = object.key();
                Instant time = time(object.key());
                if (time != null) {
                    all.add(new Backup(object.key(), time, object.sizeBytes()));
                }
            }
            if (!page.truncated() || page.objects().isEmpty()) {
                return all;
            }
        }
    }

    /** The last one, or the last one that was begun at or before a time. */
    public Backup find(@Nullable Instant at) throws StoreException {
        List<Backup> all = list();
        return all.stream()
                .filter(backup -> at == null || !backup.time().isAfter(at))
                .reduce((_, later) -> later)
                .orElseThrow(() -> CliException.failed("there is no backup"
                        + (at == null ? "" : " of " + at + " or before")
                        + (all.isEmpty()
                                ? ""
                                : "; the oldest is of " + all.getFirst().time()) + " in "
                        + store.location()));
    }

    /**
     * Opens one, with the master key if it is sealed.
     *
     * @throws CliException with one line when the key is missing or the wrong one
     */
    public InputStream open(Backup backup, KeyFlags keys) throws IOException {
        byte[] head = SEALED.getBytes(StandardCharsets.US_ASCII);
        BufferedInputStream in = new BufferedInputStream(new StoreInput(store, backup.key()), WRAPPED_MAX);
        in.mark(WRAPPED_MAX);
        if (!Arrays.equals(in.readNBytes(head.length), head)) {
            in.reset();
            return in;
        }
        StringBuilder wrapped = new StringBuilder();
        int next = in.read();
        while (next != '\n') {
            if (next < 0 || wrapped.length() == WRAPPED_MAX) {
                throw new IOException("the backup '" + backup.key() + "' in " + store.location() + " is damaged");
            }
            wrapped.append((char) next);
            next = in.read();
        }
        DataKey key = VolumeBlobs.dataKey("the backup " + backup.key(), wrapped.toString(), keys.given());
        return SealedStream.open(in, key, backup.key());
    }

    /** Those that are not kept. The first of each hour is also the first of its day and of its week, so what is kept for long is stable. */
    static List<Backup> surplus(List<Backup> oldestFirst) {
        Set<Backup> kept = new HashSet<>();
        keep(oldestFirst, HOURS, time -> time.truncatedTo(ChronoUnit.HOURS), kept);
        keep(oldestFirst, DAYS, time -> time.truncatedTo(ChronoUnit.DAYS), kept);
        keep(
                oldestFirst,
                WEEKS,
                time -> time.get(IsoFields.WEEK_BASED_YEAR) * 100 + time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR),
                kept);
        if (!oldestFirst.isEmpty()) {
            kept.add(oldestFirst.getLast());
        }
        return oldestFirst.stream().filter(backup -> !kept.contains(backup)).toList();
    }

    private static void keep(
            List<Backup> oldestFirst, int count, Function<ZonedDateTime, Object> period, Set<Backup> kept) {
        Set<Object> periods = new HashSet<>();
        List<Backup> firsts = new ArrayList<>();
        for (Backup backup : oldestFirst) {
            if (periods.add(period.apply(backup.time().atZone(ZoneOffset.UTC)))) {
                firsts.add(backup);
            }
        }
        kept.addAll(firsts.subList(Math.max(0, firsts.size() - count), firsts.size()));
    }

    private @Nullable Instant time(String key) {
        if (!key.endsWith(SUFFIX)) {
            return null;
        }
        try {
            return NAME.parse(key.substring(prefix.length(), key.length() - SUFFIX.length()), Instant::from);
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
