package dev.leat.meta.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.Name;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.ExtentPage;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.Layout;
import dev.leat.store.BlobId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Counts all references of a volume by reading everything, and compares them with the blobs' own counts. */
public final class LiveBytes {
    private final Map<BlobId, Long> references = new HashMap<>();
    private final Map<BlobId, Long> counted = new HashMap<>();
    private final Set<BlobId> known = new HashSet<>();

    private LiveBytes() {}

    /** Fails unless every blob that is referred to is known and every count is right. */
    public static void assertExact(MetaEngine engine, String what) throws MetaException {
        LiveBytes all = new LiveBytes();
        engine.export(all::entry);
        all.counted.values().removeIf(bytes -> bytes == 0);
        assertThat(all.counted).as(what).isEqualTo(all.references);
        assertThat(all.known).as(what).containsAll(all.references.keySet());
    }

    private void entry(Key key, byte[] value) throws MetaException {
        if (Keys.isDirectory(key.partition()) && Keys.isEntry(key.name())) {
            if (EntryRecord.decode(value) instanceof EntryRecord.Embedded(long ino, FileRecord file)) {
                file(file);
            }
        } else if (Keys.isInode(key.partition()) && key.name().at(0) == 'r') {
            switch (InodeRef.decode(value)) {
                case InodeRef.Full(FileRecord file) -> file(file);
                case InodeRef.At(long parent, Name name) -> {}
            }
        } else if (Keys.isInode(key.partition()) && key.name().at(0) == 'x') {
            extents(ExtentPage.decode(value).extents());
        } else if (key.partition().equals(Keys.BLOBS) && key.name().at(0) == 'n') {
            counted.put(Keys.blobIn(key.name()), Cell.decode(value).sums()[0]);
        } else if (key.partition().equals(Keys.BLOBS) && key.name().at(0) == 'b') {
            known.add(Keys.blobIn(key.name()));
        }
    }

    private void file(FileRecord file) {
        if (file.layout() instanceof Layout.Extents(List<Extent> extents)) {
            extents(extents);
        }
    }

    private void extents(List<Extent> extents) {
        extents.forEach(extent -> references.merge(extent.blob(), extent.lengthBytes(), Long::sum));
    }
}
