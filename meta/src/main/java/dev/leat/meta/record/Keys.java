package dev.leat.meta.record;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.fs.Name;
import dev.leat.store.BlobId;
import java.nio.ByteBuffer;

/**
 * The key grammar: every key that a volume stores is made here. Numbers are big-endian, so that the order of keys is the
 * order of numbers.
 *
 * <pre>
 * D&lt;ino&gt;  .            the directory's static part        {@link DirRecord}
 *         ..           parent and own name                {@link DirParent}
 *         #&lt;cell&gt;      counters and times                 {@link DirCell}
 *         e&lt;name&gt;      an entry                           {@link EntryRecord}
 * I&lt;ino&gt;  r            where the record is, or itself     {@link InodeRef}
 *         l&lt;parent&gt;&lt;name&gt;  a name of a hard-linked inode (no content)
 *         x&lt;generation&gt;&lt;~offset&gt;  extents from there on    {@link ExtentPage}
 *         a&lt;name&gt;      a large extended attribute, as it is
 *         k            locks
 *         h&lt;number&gt;    a session that has the unlinked inode open
 * B       b&lt;blob&gt;      a live blob {@link BlobRecord}     n&lt;blob&gt;  its live bytes
 *         d&lt;blob&gt;      a doomed blob {@link BlobRecord}    c  objects are about to be deleted
 * S       s&lt;number&gt;    a live session {@link SessionRecord}    h&lt;number&gt;  its {@link Heartbeat}
 *         t&lt;number&gt;&lt;slot&gt;  a slot                         n&lt;number&gt;  a number taken, for ever
 * O       o&lt;ino&gt;       an inode without names             {@link OrphanRecord}
 *         g&lt;ino&gt;&lt;generation&gt;  pages of extents that are being written   u&lt;ino&gt;&lt;generation&gt;  pages to be taken apart
 *         t&lt;ino&gt;       a tree that is being copied
 * V       v            the volume {@link VolumeRecord}    m  the rename epoch
 *         t&lt;job&gt;       when a job that is done now and then was begun last
 * Q       q&lt;root&gt;      a limit {@link QuotaRecord}        u&lt;root&gt;&lt;cell&gt;  what is used
 * Z                    seals and pins
 * </pre>
 */
public final class Keys {
    /** Partition of the blobs. */
    public static final Bytes BLOBS = Bytes.of("B");

    /** Partition of the sessions. */
    public static final Bytes SESSIONS = CommitRules.SESSIONS;

    /** Partition of the inodes that have no name any more. */
    public static final Bytes ORPHANS = Bytes.of("O");

    /** Partition of quotas and usage. */
    public static final Bytes QUOTAS = Bytes.of("Q");

    /** Partition of what is one per volume. */
    public static final Bytes VOLUME = Bytes.of("V");

    /** Partition of seals and pins. */
    public static final Bytes SEALS = Bytes.of("Z");

    /** The volume's record. */
    public static final Key VOLUME_RECORD = new Key(VOLUME, Bytes.of("v"));

    /**
     * The rename epoch: its stamp changes whenever a directory changes its parent, so a walk up the tree that began with it and a
     * commit that checks it have seen one tree.
     */
    public static final Key RENAME_EPOCH = new Key(VOLUME, Bytes.of("m"));

    /** Written before objects are deleted, so that what led to it is durable; without content. */
    public static final Key COLLECTION = new Key(BLOBS, Bytes.of("c"));

    private static final Bytes DOT = Bytes.of(".");
    private static final Bytes DOT_DOT = Bytes.of("..");
    private static final Bytes CELLS = Bytes.of("#");
    private static final Bytes ENTRIES = Bytes.of("e");
    private static final Bytes RECORD = Bytes.of("r");
    private static final Bytes LINKS = Bytes.of("l");
    private static final Bytes PAGES = Bytes.of("x");
    private static final Bytes XATTRS = Bytes.of("a");
    private static final Bytes LOCKS = Bytes.of("k");
    private static final Bytes HOLDS = Bytes.of("h");
    private static final Bytes TRASHED_NAME = Bytes.of("o");

    private Keys() {}

    /** When a job was begun last that one client of the volume does now and then. */
    public static Key turn(String job) {
        return new Key(VOLUME, Bytes.of("t" + job));
    }

    // Directories.

    /** A directory's partition. */
    public static Bytes directory(long ino) {
        return numbered('D', ino);
    }

    /** A directory's static part. */
    public static Key dir(long ino) {
        return new Key(directory(ino), DOT);
    }

    /** A directory's parent and own name. */
    public static Key dirParent(long ino) {
        return new Key(directory(ino), DOT_DOT);
    }

    /** A cell of a directory's counters. */
    public static Key cell(long ino, int cell) {
        return new Key(directory(ino), Bytes.wrap(new byte[] {'#', (byte) cell}));
    }

    /** All cells of a directory. */
    public static Prefix cells(long ino) {
        return new Prefix(directory(ino), CELLS);
    }

    /** An entry of a directory. */
    public static Key entry(long parent, Name name) {
        return new Key(directory(parent), entryName(name));
    }

    /** The key of an entry inside its directory's partition. */
    public static Bytes entryName(Name name) {
        return prefixed('e', name.bytes());
    }

    /** All entries of a directory. */
    public static Prefix entries(long ino) {
        return new Prefix(directory(ino), ENTRIES);
    }

    // Inodes.

    /** An inode's partition. */
    public static Bytes inode(long ino) {
        return numbered('I', ino);
    }

    /** Where an inode's record is. */
    public static Key inodeRef(long ino) {
        return new Key(inode(ino), RECORD);
    }

    /** One name of a hard-linked inode. */
    public static Key link(long ino, long parent, Name name) {
        byte[] bytes = new byte[9 + name.bytes().length()];
        ByteBuffer.wrap(bytes).put((byte) 'l').putLong(parent).put(name.bytes().unsafeArray());
        return new Key(inode(ino), Bytes.wrap(bytes));
    }

    /** All names of a hard-linked inode. */
    public static Prefix links(long ino) {
        return new Prefix(inode(ino), LINKS);
    }

    /**
     * A page of extents. The offset is stored inverted: engines scan upwards only, and a reader looks for the page with the greatest
     * offset at or below the one it wants.
     */
    public static Key page(long ino, BlobId generation, long fileOffset) {
        return new Key(inode(ino), pageName(generation, fileOffset));
    }

    /** The key of a page inside its inode's partition. */
    public static Bytes pageName(BlobId generation, long fileOffset) {
        return Bytes.wrap(ByteBuffer.allocate(25)
                .put((byte) 'x')
                .putLong(generation.session())
                .putLong(generation.sequence())
                .putLong(~fileOffset)
                .array());
    }

    /** The offset in a page's key. */
    public static long pageOffset(Bytes pageName) {
        return ~ByteBuffer.wrap(pageName.unsafeArray()).getLong(17);
    }

    /** The generation in a page's key. */
    public static BlobId pageGeneration(Bytes pageName) {
        return blobIn(pageName);
    }

    /** All pages of one generation, the greatest offset first. */
    public static Prefix pages(long ino, BlobId generation) {
        return new Prefix(inode(ino), blobName('x', generation));
    }

    /** All pages of extents of all generations. */
    public static Prefix pages(long ino) {
        return new Prefix(inode(ino), PAGES);
    }

    /** A large extended attribute, of a directory too. */
    public static Key xattr(long ino, Bytes name) {
        return new Key(inode(ino), prefixed('a', name));
    }

    /** All large extended attributes. */
    public static Prefix xattrs(long ino) {
        return new Prefix(inode(ino), XATTRS);
    }

    /** Locks on an inode. */
    public static Key locks(long ino) {
        return new Key(inode(ino), LOCKS);
    }

    /** The name of an inode in the trash, if that was too long for its entry there. */
    public static Key trashedName(long ino) {
        return new Key(inode(ino), TRASHED_NAME);
    }

    /** Whether a key is a session's hold on an unlinked inode. */
    public static boolean isHold(Key key) {
        return key.name().length() == 5 && key.name().startsWith(HOLDS) && isInode(key.partition());
    }

    /** Whether a key says when a job was begun. */
    public static boolean isTurn(Key key) {
        return key.partition().equals(VOLUME)
                && key.name().length() > 1
                && key.name().at(0) == 't';
    }

    /** Whether a key says that a session's number was taken. */
    public static boolean isNumberTaken(Key key) {
        return key.partition().equals(SESSIONS)
                && key.name().length() == 5
                && key.name().at(0) == 'n';
    }

    /** All numbers that were ever taken. */
    public static Prefix numbersTaken() {
        return new Prefix(SESSIONS, Bytes.of("n"));
    }

    /** Whether a key is that of an inode's locks. */
    public static boolean isLocks(Key key) {
        return key.name().equals(LOCKS) && isInode(key.partition());
    }

    /** A session's hold on an unlinked inode. */
    public static Key hold(long ino, int session) {
        return new Key(inode(ino), numbered('h', session));
    }

    /** All holds on an unlinked inode. */
    public static Prefix holds(long ino) {
        return new Prefix(inode(ino), HOLDS);
    }

    /** An inode that has no name any more. */
    public static Key orphan(long ino) {
        return new Key(ORPHANS, numbered('o', ino));
    }

    /** A generation of pages that no record uses yet. */
    public static Key pagesInMaking(long ino, BlobId generation) {
        return generation('g', ino, generation);
    }

    /** A generation of pages that no record uses any more, or ever will. */
    public static Key unusedPages(long ino, BlobId generation) {
        return generation('u', ino, generation);
    }

    /** A tree that is being copied and has no name yet, by its uppermost directory; the value is the session's id. */
    public static Key treeInMaking(long directory) {
        return new Key(ORPHANS, numbered('t', directory));
    }

    /** All trees that are being copied. */
    public static Prefix treesInMaking() {
        return new Prefix(ORPHANS, Bytes.of("t"));
    }

    /** All generations of pages that no record uses yet. */
    public static Prefix pagesInMaking() {
        return new Prefix(ORPHANS, Bytes.of("g"));
    }

    /** All generations of pages that no record uses any more. */
    public static Prefix unusedPages() {
        return new Prefix(ORPHANS, Bytes.of("u"));
    }

    /** The inode in a key of {@link #unusedPages()} or {@link #pagesInMaking()}. */
    public static long generationIno(Bytes name) {
        return ByteBuffer.wrap(name.unsafeArray()).getLong(1);
    }

    /** The generation in a key of {@link #unusedPages()} or {@link #pagesInMaking()}. */
    public static BlobId generationIn(Bytes name) {
        ByteBuffer in = ByteBuffer.wrap(name.unsafeArray(), 9, 16);
        return new BlobId(in.getLong(), in.getLong());
    }

    /** All inodes that have no name any more. */
    public static Prefix orphans() {
        return new Prefix(ORPHANS, Bytes.of("o"));
    }

    // Sessions.

    /** A live session. */
    public static Key session(int number) {
        return new Key(SESSIONS, numbered('s', number));
    }

    /** A live session's heartbeat. */
    public static Key heartbeat(int number) {
        return new Key(SESSIONS, numbered('h', number));
    }

    /** One of a session's slots. */
    public static Key slot(int number, int slot) {
        return new Key(
                SESSIONS,
                Bytes.wrap(ByteBuffer.allocate(6)
                        .put((byte) 't')
                        .putInt(number)
                        .put((byte) slot)
                        .array()));
    }

    /** All slots of a session. */
    public static Prefix slots(int number) {
        return new Prefix(SESSIONS, numbered('t', number));
    }

    /** Says that a session's number was taken once; stays for ever, since inode numbers are made from it. */
    public static Key numberTaken(int number) {
        return new Key(SESSIONS, numbered('n', number));
    }

    /** All live sessions. */
    public static Prefix sessions() {
        return new Prefix(SESSIONS, Bytes.of("s"));
    }

    /** All heartbeats. */
    public static Prefix heartbeats() {
        return new Prefix(SESSIONS, Bytes.of("h"));
    }

    // Quotas.

    /** A limit, on a directory or (0) the volume. */
    public static Key quota(long root) {
        return new Key(QUOTAS, numbered('q', root));
    }

    /** All limits. */
    public static Prefix quotas() {
        return new Prefix(QUOTAS, Bytes.of("q"));
    }

    /** Whether a key is that of a limit. */
    public static boolean isQuota(Key key) {
        return key.partition().equals(QUOTAS) && key.name().startsWith(Bytes.of("q"));
    }

    /** A cell of what is used below a quota, or (0) in the volume. */
    public static Key usage(long root, int cell) {
        return new Key(
                QUOTAS,
                Bytes.wrap(ByteBuffer.allocate(10)
                        .put((byte) 'u')
                        .putLong(root)
                        .put((byte) cell)
                        .array()));
    }

    /** All cells of what is used. */
    public static Prefix usages(long root) {
        return new Prefix(QUOTAS, numbered('u', root));
    }

    // Blobs.

    /** A live blob. It exists as long as anything may refer to the blob. */
    public static Key blob(BlobId blob) {
        return new Key(BLOBS, blobName('b', blob));
    }

    /** A blob's live bytes. */
    public static Key blobLive(BlobId blob) {
        return new Key(BLOBS, blobName('n', blob));
    }

    /** A blob to which nothing may refer any more, until its object is deleted. */
    public static Key doomedBlob(BlobId blob) {
        return new Key(BLOBS, blobName('d', blob));
    }

    /** All live blobs. */
    public static Prefix blobs() {
        return new Prefix(BLOBS, Bytes.of("b"));
    }

    /** The live bytes of all blobs. */
    public static Prefix blobsLive() {
        return new Prefix(BLOBS, Bytes.of("n"));
    }

    /** All doomed blobs. */
    public static Prefix doomedBlobs() {
        return new Prefix(BLOBS, Bytes.of("d"));
    }

    // Taking keys apart.

    /** The number at the end of a partition or key of one letter and a number. */
    public static long numberIn(Bytes bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes.unsafeArray(), 1, bytes.length() - 1);
        return in.remaining() == Integer.BYTES ? in.getInt() : in.getLong();
    }

    /** Whether a partition is a directory's. */
    public static boolean isDirectory(Bytes partition) {
        return partition.length() == 9 && partition.at(0) == 'D';
    }

    /** Whether a partition is an inode's. */
    public static boolean isInode(Bytes partition) {
        return partition.length() == 9 && partition.at(0) == 'I';
    }

    /** Whether a key in a directory's partition is an entry. */
    public static boolean isEntry(Bytes name) {
        return name.length() > 1 && name.at(0) == 'e';
    }

    /** The name in an entry's key. */
    public static Name nameIn(Bytes entryName) {
        return new Name(entryName.suffix(1));
    }

    /** The parent in a {@link #link} key. */
    public static long linkParent(Bytes linkName) {
        return ByteBuffer.wrap(linkName.unsafeArray()).getLong(1);
    }

    /** The name in a {@link #link} key. */
    public static Name linkName(Bytes linkName) {
        return new Name(linkName.suffix(9));
    }

    /** The blob in a key of {@link #BLOBS}. */
    public static BlobId blobIn(Bytes blobName) {
        ByteBuffer in = ByteBuffer.wrap(blobName.unsafeArray(), 1, 16);
        return new BlobId(in.getLong(), in.getLong());
    }

    private static Bytes numbered(char letter, long number) {
        return Bytes.wrap(
                ByteBuffer.allocate(9).put((byte) letter).putLong(number).array());
    }

    private static Bytes numbered(char letter, int number) {
        return Bytes.wrap(
                ByteBuffer.allocate(5).put((byte) letter).putInt(number).array());
    }

    private static Bytes prefixed(char letter, Bytes rest) {
        byte[] bytes = new byte[1 + rest.length()];
        bytes[0] = (byte) letter;
        System.arraycopy(rest.unsafeArray(), 0, bytes, 1, rest.length());
        return Bytes.wrap(bytes);
    }

    private static Key generation(char letter, long ino, BlobId generation) {
        return new Key(
                ORPHANS,
                Bytes.wrap(ByteBuffer.allocate(25)
                        .put((byte) letter)
                        .putLong(ino)
                        .putLong(generation.session())
                        .putLong(generation.sequence())
                        .array()));
    }

    private static Bytes blobName(char letter, BlobId blob) {
        return Bytes.wrap(ByteBuffer.allocate(17)
                .put((byte) letter)
                .putLong(blob.session())
                .putLong(blob.sequence())
                .array());
    }
}
