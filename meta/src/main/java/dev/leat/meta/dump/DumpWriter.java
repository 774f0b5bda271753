package dev.leat.meta.dump;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.VolumeRecord;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Writes a dump in bounded memory, beside clients that go on working.
 *
 * <p>Where the engine exports one moment, that is it. Elsewhere every key that the feed names since the export began is written again, until the
 * feed has nothing new: at that moment each key had the value that was written for it last.
 */
public final class DumpWriter {
    private static final int BUFFER_BYTES = 1 << 16;

    /** Keys read again in one round trip. */
    private static final int KEYS = 500;

    /** Pages of the feed after which a volume counts as too busy: with 1,000 commits each, far more than change in the time of an export. */
    private static final int PAGES_MAX = 100_000;

    private static final int PAGE = 1_000;

    private final MetaEngine engine;
    private final DataOutputStream out;
    private final CheckedOutputStream checked;
    private long entries;

    private DumpWriter(MetaEngine engine, CheckedOutputStream checked) {
        this.engine = engine;
        this.checked = checked;
        this.out = new DataOutputStream(checked);
    }

    /** Writes all metadata of the volume in {@code engine}; {@code to} is left open, and flushed. */
    public static DumpSummary write(MetaEngine engine, OutputStream to) throws IOException {
        VolumeRecord volume = Volumes.load(engine);
        DataOutputStream head = new DataOutputStream(to);
        head.writeLong(DumpFormat.MAGIC);
        head.writeInt(DumpFormat.VERSION);
        GZIPOutputStream gzip = new GZIPOutputStream(to, BUFFER_BYTES);
        try (CheckedOutputStream checked =
                new CheckedOutputStream(new BufferedOutputStream(new Unclosed(gzip), BUFFER_BYTES), new CRC32C())) {
            DumpWriter writer = new DumpWriter(engine, checked);
            writer.all(volume);
            gzip.finish();
            to.flush();
            return new DumpSummary(volume, writer.entries);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void all(VolumeRecord volume) throws IOException {
        byte[] record = volume.encode();
        out.writeInt(record.length);
        out.write(record);
        if (engine.info().snapshotExport()) {
            export();
        } else {
            FeedPage.Position begin = engine.feed(null, PAGE, Duration.ZERO).next();
            export();
            catchUp(begin);
            numbers();
        }
        out.writeByte(DumpFormat.END);
        out.writeLong(entries);
        out.flush();
        out.writeInt((int) checked.getChecksum().getValue());
        out.flush();
    }

    private void export() throws MetaException {
        engine.export((key, value) -> {
            try {
                put(key, value);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private void catchUp(FeedPage.Position begin) throws IOException {
        FeedPage.Position at = begin;
        for (int pages = 0; pages < PAGES_MAX; pages++) {
            FeedPage page = engine.feed(at, PAGE, Duration.ZERO);
            if (page.reset()) {
                throw busy("its feed no longer goes back to where the dump began");
            }
            if (page.events().isEmpty()) {
                return;
            }
            at = page.next();
            Set<Key> changed = new LinkedHashSet<>();
            for (FeedPage.Event event : page.events()) {
                event.keys().stream().filter(DumpFormat::carries).forEach(changed::add);
            }
            again(new ArrayList<>(changed));
        }
        throw busy("it changes without a pause");
    }

    private void again(List<Key> keys) throws IOException {
        for (int i = 0; i < keys.size(); i += KEYS) {
            List<Key> some = keys.subList(i, Math.min(keys.size(), i + KEYS));
            Map<Key, Value> now = engine.get(some, List.of());
            for (Key key : some) {
                Value value = now.get(key);
                if (value == null) {
                    delete(key);
                } else {
                    put(key, value.bytes());
                }
            }
        }
    }

    /** The feed is silent about sessions: those that came meanwhile have made inodes that the dump holds. */
    private void numbers() throws IOException {
        Bytes after = null;
        while (true) {
            List<Map.Entry<Key, Value>> page = engine.scan(Keys.numbersTaken(), after, CommitRules.PAGE_MAX);
            for (Map.Entry<Key, Value> entry : page) {
                put(entry.getKey(), entry.getValue().bytes());
            }
            if (page.size() < CommitRules.PAGE_MAX) {
                return;
            }
            after = page.getLast().getKey().name();
        }
    }

    private void put(Key key, byte[] value) throws IOException {
        if (!DumpFormat.carries(key)) {
            return;
        }
        out.writeByte(DumpFormat.PUT);
        key(key);
        out.writeInt(value.length);
        out.write(value);
        entries++;
    }

    private void delete(Key key) throws IOException {
        out.writeByte(DumpFormat.DELETE);
        key(key);
        entries++;
    }

    private void key(Key key) throws IOException {
        out.writeShort(key.partition().length());
        out.write(key.partition().unsafeArray());
        out.writeShort(key.name().length());
        out.write(key.name().unsafeArray());
    }

    private MetaException busy(String why) {
        return new MetaException(
                Kind.UNAVAILABLE,
                "the volume at " + engine.info().location() + " is too busy for a consistent dump: " + why
                        + "; dump it again at a quieter time");
    }

    /** Whoever made the stream closes it. */
    private static final class Unclosed extends OutputStream {
        private final OutputStream to;

        Unclosed(OutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) throws IOException {
            to.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            to.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            to.flush();
        }
    }
}
