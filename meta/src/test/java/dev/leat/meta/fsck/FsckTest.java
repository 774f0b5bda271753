package dev.leat.meta.fsck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.content.ContentClient;
import dev.leat.meta.content.VolumeMarker;
import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;
import dev.leat.meta.fs.BlobLease;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewBlob;
import dev.leat.meta.gc.StoreMap;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Transaction;
import dev.leat.store.BlobId;
import dev.leat.store.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A volume that is right, and then wrong in one way after the other. */
class FsckTest {
    private static final VolumeMarker MARKER = new VolumeMarker(new UUID(1, 2), 77);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private FileStore store;

    @SuppressWarnings("NullAway.Init")
    private ContentClient client;

    private long ino;

    @BeforeEach
    void fill() throws Exception {
        Files.createDirectory(directory.resolve("scratch"));
        store = FileStore.create(directory.resolve("store"));
        MARKER.create(store);
        client = new ContentClient(new MemoryEngine(new MemoryVolume()), new StoreMap(store));
        client.format();
        ino = client.create("f");
        client.write(ino, 0, new byte[100]);
        client.write(ino, 50, new byte[100]);
        client.create("empty");
        long many = client.create("many");
        List<Edit> edits = new ArrayList<>();
        try (BlobLease blob = client.upload(new byte[2_000])) {
            for (int i = 0; i < 1_000; i++) {
                edits.add(new Edit.Overlay(2L * i, 1, blob.id(), i, 2_000));
            }
            client.publish(many, edits, List.of(new NewBlob(blob.id(), 2_000)));
        }
    }

    @AfterEach
    void close() {
        client.close();
        store.close();
    }

    @Test
    void aVolumeThatIsRightIsClean() throws Exception {
        FsckReport report = check();
        assertThat(report.problems()).isEmpty();
        assertThat(report.clean()).isTrue();
        assertThat(report.files()).isEqualTo(3);
        assertThat(report.directories()).isEqualTo(1);
        assertThat(report.blobs()).isEqualTo(3);
        assertThat(report.objects()).isEqualTo(3);
        assertThat(report.referencedBytes()).isEqualTo(1_150);
        try (var left = Files.list(directory.resolve("scratch"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void namesAndInodesThatDisagreeAreTold() throws Exception {
        broken(tx -> tx.delete(Keys.inodeRef(ino)), "inode " + ino + ": has a name, but nothing points back");
        broken(
                tx -> tx.put(Keys.inodeRef(ino), new InodeRef.At(1, Name.of("other")).encode()),
                "inode " + ino + ": points back to another name");
        broken(tx -> tx.put(Keys.inodeRef(99), new InodeRef.At(1, Name.of("f")).encode()), "inode 99: points back");
        broken(
                tx -> {
                    tx.put(Keys.entry(1, Name.of("hard")), new EntryRecord.Hard(77, FileType.FILE).encode());
                    tx.merge(Keys.cell(1, 1), new Cell(new long[] {1}, new long[0]));
                },
                "inode 77: has a name but no record");
        broken(
                tx -> {
                    tx.put(Keys.entry(1, Name.of("dir")), new EntryRecord.Directory(78).encode());
                    tx.merge(Keys.cell(1, 1), new Cell(new long[] {1, 1}, new long[0]));
                },
                "directory 78: has a name but no record");
        broken(tx -> tx.put(Keys.orphan(ino), new byte[0]), "inode " + ino + ": has a name and is listed");
    }

    @Test
    void contentThatIsGoneIsTold() throws Exception {
        BlobId blob = Objects.requireNonNull(client.content.view(ino).extents())
                .getFirst()
                .blob();
        broken(tx -> tx.delete(Keys.blob(blob)), "blob " + blob + ": is referred to but not known");
        Key page =
                client.engine.scan(Keys.pages(pagedIno()), null, 1).getFirst().getKey();
        broken(tx -> tx.delete(page), "inode " + pagedIno() + ": has ");
        store.delete(List.of(ContentClient.KEYS.key(blob)));
        assertThat(check().problems())
                .extracting(Problem::line)
                .containsExactly("blob " + blob + ": has no object in the store");
        assertThat(check().clean()).isFalse();
        client.blobs.put(blob, new byte[3]);
        assertThat(check().problems())
                .extracting(Problem::line)
                .containsExactly("blob " + blob + ": has 100 bytes, its object in the store 3");
    }

    @Test
    void countsAreRepaired() throws Exception {
        BlobId blob = Objects.requireNonNull(client.content.view(ino).extents())
                .getFirst()
                .blob();
        client.transactions.run(tx -> {
            tx.merge(Keys.blobLive(blob), new Cell(new long[] {7}, new long[0]));
            tx.merge(Keys.cell(1, 5), new Cell(new long[] {2, -1}, new long[0]));
            tx.merge(Keys.usage(0, 3), new Cell(new long[] {-4, 1}, new long[0]));
            return true;
        });
        FsckReport report = fsck().repair(client.transactions, seen -> {});
        assertThat(report.problems()).extracting(Problem::kind).containsOnly(Problem.Kind.COUNT);
        assertThat(report.repaired()).isEqualTo(3);
        assertThat(check().problems()).isEmpty();
    }

    @Test
    void whatNothingUsesIsToldAndIsNotWrong() throws Exception {
        client.upload(new byte[5]).close();
        client.write(ino, 0, new byte[150]);
        FsckReport report = check();
        assertThat(report.clean()).isTrue();
        assertThat(report.problems()).extracting(Problem::kind).containsOnly(Problem.Kind.GARBAGE);
        assertThat(report.problems())
                .extracting(Problem::line)
                .anySatisfy(
                        line -> assertThat(line).endsWith("is an object in the store that the metadata does not know"))
                .anySatisfy(line -> assertThat(line).endsWith("is not referred to any more"))
                .hasSize(3);
    }

    private long pagedIno() throws Exception {
        Value entry = client.engine
                .get(List.of(Keys.entry(1, Name.of("many"))), List.of())
                .getOrDefault(Keys.entry(1, Name.of("many")), new Value(new byte[0], new Stamp(0, 0)));
        return EntryRecord.decode(entry.bytes()).ino();
    }

    /** Breaks something, looks for the line that says so, and mends it again. */
    private void broken(Damage damage, String line) throws Exception {
        Map<Key, Value> before = new HashMap<>();
        client.engine.export((key, value) -> before.put(key, new Value(value, new Stamp(0, 0))));
        client.transactions.run(tx -> {
            damage.to(tx);
            return true;
        });
        FsckReport report = check();
        assertThat(report.problems())
                .extracting(Problem::line)
                .anySatisfy(found -> assertThat(found).startsWith(line));
        assertThat(report.clean()).isFalse();
        Map<Key, byte[]> after = new HashMap<>();
        client.engine.export(after::put);
        client.transactions.run(tx -> {
            for (Map.Entry<Key, byte[]> now : after.entrySet()) {
                if (!before.containsKey(now.getKey())) {
                    tx.delete(now.getKey());
                }
            }
            for (Map.Entry<Key, Value> old : before.entrySet()) {
                byte[] now = after.get(old.getKey());
                if (now == null || !Arrays.equals(now, old.getValue().bytes())) {
                    if (!old.getKey().partition().equals(Keys.SESSIONS)) {
                        tx.put(old.getKey(), old.getValue().bytes());
                    }
                }
            }
            return true;
        });
        assertThat(check().problems()).isEmpty();
    }

    private Fsck fsck() {
        return new Fsck(client.engine, store, MARKER, directory.resolve("scratch"));
    }

    private FsckReport check() throws Exception {
        return fsck().check(seen -> {});
    }

    /** Does damage. */
    private interface Damage {
        void to(Transaction tx) throws FsException, MetaException;
    }
}
