package dev.leat.meta.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.ContentVersion;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.Time;
import dev.leat.store.BlobId;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Records and keys survive being bytes, and broken bytes are refused. */
class RecordsTest {
    private static final Attributes ATTRIBUTES = new Attributes(
            07755,
            -2,
            1000,
            new Time(-5, 999_999_999),
            new Time(Integer.MAX_VALUE + 5L, 1),
            new Time(1_700_000_000, 0),
            Bytes.of("acl"),
            new TreeMap<>(Map.of(Bytes.of("user.a"), Bytes.of("b"), Bytes.of("user.empty"), Bytes.EMPTY)),
            List.of(Bytes.of("user.large")));

    private static final FileRecord FILE = new FileRecord(
            FileType.FILE,
            ATTRIBUTES,
            65_000,
            0x12345678,
            Long.MAX_VALUE,
            1L << 40,
            null,
            new Layout.Extents(List.of(
                    new Extent(0, 10, new BlobId(-1, 7), 3, 100),
                    new Extent(1L << 50, 1, new BlobId(Long.MIN_VALUE, -7), 0, 1))),
            new ContentVersion(Long.MIN_VALUE, 300));

    @Test
    void everyRecordSurvivesItsBytes() throws Exception {
        DirRecord dir = new DirRecord(ATTRIBUTES, Bytes.of("default"), 77);
        assertThat(DirRecord.decode(dir.encode())).isEqualTo(dir);
        for (Layout layout : List.of(
                Layout.EMPTY,
                new Layout.Inline(Bytes.EMPTY),
                new Layout.Inline(Bytes.of("x")),
                new Layout.Paged(new BlobId(-3, 9), 4, 1_000))) {
            FileRecord file = FILE.withContent(5, 5, layout);
            assertThat(FileRecord.decode(file.encode())).isEqualTo(file);
        }
        for (EntryRecord entry : List.of(
                new EntryRecord.Directory(Long.MAX_VALUE),
                new EntryRecord.Embedded(5, FILE),
                new EntryRecord.Hard(6, FileType.SOCKET))) {
            assertThat(EntryRecord.decode(entry.encode())).isEqualTo(entry);
        }
        for (InodeRef ref : List.of(new InodeRef.At(1L << 40, Name.of("n")), new InodeRef.Full(FILE))) {
            assertThat(InodeRef.decode(ref.encode())).isEqualTo(ref);
        }
        for (DirParent parent : List.of(new DirParent(1, null), new DirParent(8, Name.of("x")))) {
            assertThat(DirParent.decode(parent.encode())).isEqualTo(parent);
        }
        Heartbeat beat = new Heartbeat(3, Duration.ofSeconds(60), 1L << 33);
        assertThat(Heartbeat.decode(beat.encode())).isEqualTo(beat);
        SessionRecord session = new SessionRecord(-9, -1, "host", 42, "0.1", "/mnt", 32, Time.EPOCH);
        assertThat(SessionRecord.decode(session.encode())).isEqualTo(session);
        VolumeRecord volume = VolumeRecord.create("v", "file:///x", Map.of("a", "b"), 1, -77, "0.1");
        assertThat(VolumeRecord.decode(volume.encode())).isEqualTo(volume);
        OrphanRecord orphan = new OrphanRecord(new Time(3, 4));
        assertThat(OrphanRecord.decode(orphan.encode())).isEqualTo(orphan);
    }

    @Test
    void aShortRecordIsCorrupt() {
        byte[] bytes = FILE.encode();
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> FileRecord.decode(cut))
                    .isInstanceOfSatisfying(
                            MetaException.class, e -> assertThat(e.kind()).isEqualTo(MetaException.Kind.CORRUPT));
        }
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        assertThatThrownBy(() -> FileRecord.decode(longer)).hasMessageContaining("too many");
    }

    @Test
    void aNewerRecordIsForeign() {
        byte[] bytes = FILE.encode();
        bytes[0] = 9;
        assertThatThrownBy(() -> FileRecord.decode(bytes))
                .isInstanceOfSatisfying(
                        MetaException.class, e -> assertThat(e.kind()).isEqualTo(MetaException.Kind.FOREIGN));
    }

    @Test
    void keysKeepTheOrderOfWhatTheyAreMadeOf() throws Exception {
        BlobId generation = new BlobId(-3, 9);
        // Inverted, since a reader looks for the greatest offset below another.
        assertThat(Keys.page(5, generation, 1).compareTo(Keys.page(5, generation, 1L << 40)))
                .isPositive();
        assertThat(Keys.pageOffset(Keys.pageName(generation, 1L << 40))).isEqualTo(1L << 40);
        assertThat(Keys.pageGeneration(Keys.pageName(generation, 1))).isEqualTo(generation);
        assertThat(Keys.entry(5, Name.of("a")).compareTo(Keys.entry(5, Name.of("b"))))
                .isNegative();
        assertThat(Keys.nameIn(Keys.entry(5, Name.of("name")).name())).isEqualTo(Name.of("name"));
        assertThat(Keys.numberIn(Keys.directory(77))).isEqualTo(77);
        assertThat(Keys.numberIn(Keys.hold(77, -3).name())).isEqualTo(-3);
        BlobId blob = new BlobId(-5, 6);
        assertThat(Keys.blobIn(Keys.blob(blob).name())).isEqualTo(blob);
        assertThat(Keys.linkParent(Keys.link(3, 99, Name.of("z")).name())).isEqualTo(99);
        assertThat(Keys.linkName(Keys.link(3, 99, Name.of("z")).name())).isEqualTo(Name.of("z"));
    }
}
