package dev.leat.meta.content;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.fs.BlobLease;
import dev.leat.meta.fs.ContentVersion;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewBlob;
import dev.leat.meta.fs.Node;
import dev.leat.meta.fs.Publication;
import dev.leat.meta.fs.Time;
import dev.leat.meta.record.Attributes;
import dev.leat.meta.record.DirCell;
import dev.leat.meta.record.DirParent;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.Layout;
import dev.leat.meta.session.Reader;
import dev.leat.meta.session.Session;
import dev.leat.meta.session.SessionSpec;
import dev.leat.meta.session.Transaction;
import dev.leat.meta.session.Transactions;
import dev.leat.meta.session.ValueCache;
import dev.leat.store.BlobId;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/** One client of a volume in a test: a real session, and a map that stands for the bytes in the store. */
public final class ContentClient implements AutoCloseable {
    /** The names of the test volume's objects. */
    public static final BlobKeys KEYS = new BlobKeys(new UUID(1, 2));

    public final MetaEngine engine;
    public final Session session;
    public final Transactions transactions;
    public final BlobIds ids;
    public final Garbage garbage = new Garbage();
    public final ContentStore content;
    public final Map<BlobId, byte[]> blobs;
    public final AtomicLong nanos = new AtomicLong();

    /**
     * Opens a session.
     *
     * @param blobs what the store holds, shared by the clients of a test
     */
    public ContentClient(MetaEngine engine, Map<BlobId, byte[]> blobs) throws FsException {
        this.engine = engine;
        this.blobs = blobs;
        SessionSpec spec = new SessionSpec(
                "test", Duration.ofSeconds(60), Duration.ofSeconds(30), Clock.systemUTC(), nanos::get, false);
        this.session = Session.open(engine, spec, "test");
        this.transactions = new Transactions(
                new Reader(engine, Duration.ofSeconds(30)), session.commits(), ValueCache.NONE, Duration.ofSeconds(30));
        this.ids = new BlobIds(session.record().id());
        session.lowWater(ids::lowWater);
        this.content = new ContentStore(
                transactions,
                ids,
                KEYS,
                (blob, bytes) -> blobs.put(blob, bytes.toArray()),
                garbage,
                VOLUME_ONLY,
                Clock.systemUTC());
    }

    /** Counts for the volume; there are no quotas. */
    private static final Charges VOLUME_ONLY = new Charges() {
        @Override
        public long quotaRoot(Transaction tx, Node.File file) {
            return 0;
        }

        @Override
        public void charge(Transaction tx, long quotaRoot, long bytes) {
            tx.merge(Keys.usage(0, 0), new Cell(new long[] {bytes}, new long[0]));
        }
    };

    /** Makes the root directory, as format does. */
    public void format() throws FsException {
        transactions.run(tx -> {
            DirRecord root = new DirRecord(Attributes.of(0755, 0, 0, Time.EPOCH), null, 0);
            tx.put(Keys.dir(1), root.encode());
            tx.put(Keys.dirParent(1), new DirParent(1, null).encode());
            return true;
        });
    }

    /** Makes an empty file in the root directory, as create does. */
    public long create(String name) throws FsException {
        long ino = session.nextInode();
        FileRecord file = new FileRecord(
                FileType.FILE,
                Attributes.of(0644, 0, 0, Time.EPOCH),
                1,
                0,
                0,
                0,
                null,
                Layout.EMPTY,
                ContentVersion.NEW);
        transactions.run(tx -> {
            tx.absent(Keys.entry(1, Name.of(name)));
            tx.put(Keys.entry(1, Name.of(name)), new EntryRecord.Embedded(ino, file).encode());
            tx.put(Keys.inodeRef(ino), new InodeRef.At(1, Name.of(name)).encode());
            tx.merge(Keys.cell(1, 1), new DirCell(1, 0, 0, 0).toCell());
            tx.merge(Keys.usage(0, 0), new Cell(new long[] {0, 1}, new long[0]));
            return true;
        });
        return ino;
    }

    /** Renames in the root directory. */
    public void rename(long ino, String from, String to) throws FsException {
        transactions.run(tx -> {
            tx.unchanged(Keys.entry(1, Name.of(from)));
            tx.absent(Keys.entry(1, Name.of(to)));
            tx.put(
                    Keys.entry(1, Name.of(to)),
                    Objects.requireNonNull(tx.get(Keys.entry(1, Name.of(from)))).bytes());
            tx.delete(Keys.entry(1, Name.of(from)));
            tx.put(Keys.inodeRef(ino), new InodeRef.At(1, Name.of(to)).encode());
            return true;
        });
    }

    /** Removes a file from the root directory. */
    public void remove(long ino, String name) throws FsException {
        resize(ino, 0);
        transactions.run(tx -> {
            tx.unchanged(Keys.entry(1, Name.of(name)));
            tx.delete(Keys.entry(1, Name.of(name)));
            tx.delete(Keys.inodeRef(ino));
            tx.merge(Keys.cell(1, 1), new DirCell(-1, 0, 0, 0).toCell());
            return true;
        });
    }

    /** Uploads a blob. */
    public BlobLease upload(byte[] bytes) throws FsException {
        BlobLease lease = content.newBlob();
        blobs.put(lease.id(), bytes);
        return lease;
    }

    /** Overwrites a range by a blob of its own. */
    public FileView write(long ino, long offset, byte[] bytes) throws FsException {
        try (BlobLease blob = upload(bytes)) {
            Edit edit = new Edit.Overlay(offset, bytes.length, blob.id(), 0, bytes.length);
            return publish(ino, List.of(edit), List.of(new NewBlob(blob.id(), bytes.length)));
        }
    }

    /** Publishes edits of one file. */
    public FileView publish(long ino, List<Edit> edits, List<NewBlob> blobs) throws FsException {
        Publication publication = new Publication(ino, null, edits, null, blobs, false);
        return Objects.requireNonNull(
                content.publish(List.of(publication), false).getFirst());
    }

    /** Cuts or grows a file. */
    public FileView resize(long ino, long size) throws FsException {
        return Objects.requireNonNull(content.update(ino, List.of(new Edit.Resize(size)), file -> file, false));
    }

    /** The whole content, as a reader gets it. */
    public byte[] read(long ino) throws FsException {
        while (true) {
            FileView view = content.view(ino);
            Bytes inline = view.inline();
            if (inline != null) {
                return inline.toArray();
            }
            int size = (int) view.attr().sizeBytes();
            List<Extent> extents = view.extents();
            if (extents == null) {
                extents = content.extents(view, 0, size);
                if (!content.view(ino).stamp().equals(view.stamp())) {
                    continue;
                }
            }
            return assemble(extents, size);
        }
    }

    private byte[] assemble(List<Extent> extents, int size) {
        byte[] bytes = new byte[size];
        for (Extent extent : new ArrayList<>(extents)) {
            byte[] blob = Objects.requireNonNull(blobs.get(extent.blob()), () -> "blob " + extent.blob());
            System.arraycopy(
                    blob, (int) extent.blobOffset(), bytes, (int) extent.fileOffset(), (int) extent.lengthBytes());
        }
        return bytes;
    }

    @Override
    public void close() {
        session.close();
        engine.close();
    }
}
