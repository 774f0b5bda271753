package dev.leat.dataset.erofs;

import dev.leat.dataset.source.EntryKind;
import dev.leat.sys.FileHandle;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes the names and attributes of a tree as an image of EROFS, from entries that come one after the other. A directory comes
 * before what is in it, and the names of a directory in the order of their UTF-8 bytes: so they do when whole paths are in that
 * order, and also when a tree is walked.
 *
 * <p>The bytes of files are not in the image but on devices. Most lie one after the other, each from a block of its own, on a
 * shared device; a file can also have a device to itself. Memory is needed for the directories that are open, some kilobytes
 * each.
 */
public final class ImageWriter implements AutoCloseable {
    /** Longest directory that lies behind its inode rather than in a block of its own. */
    private static final int INLINE_BYTES_MAX = Layout.BLOCK_BYTES / 2;

    private final FileHandle image;
    private final Path scratch;
    private final ImageSpace space;
    private final ExtentsWriter extents;
    private final List<Device> devices = new ArrayList<>();
    private final Deque<OpenDirectory> open = new ArrayDeque<>();
    private final byte[] first = new byte[Layout.BLOCK_BYTES];

    /** Number of the shared device that is being filled; 0 for none. */
    private int shared;

    private long nextBlock;
    private long inodes;

    /**
     * An image that was written.
     *
     * @param sizeBytes its length
     * @param inodes files, directories and links in it
     * @param devices what must be mounted with it, in this order
     */
    public record Image(long sizeBytes, long inodes, List<Device> devices) {}

    /**
     * Begins with the root.
     *
     * @param image empty; not closed here
     * @param extents empty, for {@link Extents}; not closed here
     * @param root whose path is empty
     * @param scratch a folder for unnamed files, used for directories of more than a few thousand names
     */
    public ImageWriter(FileHandle image, FileHandle extents, ImageEntry root, Path scratch) {
        this.image = image;
        this.scratch = scratch;
        this.space = new ImageSpace(image);
        this.extents = new ExtentsWriter(extents);
        OpenDirectory top = new OpenDirectory(new byte[0], root, null, 0, scratch);
        top.position = Layout.ROOT_AT;
        open.push(top);
    }

    /**
     * Appends an entry; the bytes of a file come onto a shared device.
     *
     * @throws IOException if the format cannot hold it, naming it; or the disk
     */
    public void add(ImageEntry entry) throws IOException {
        add(entry, false);
    }

    /**
     * Appends a file that has a device to itself.
     *
     * @return whether there was a device left; if not, it is not appended
     */
    public boolean addWithDevice(ImageEntry entry) throws IOException {
        // One is kept for a shared device.
        if (devices.size() >= Layout.DEVICES_MAX - 1) {
            return false;
        }
        add(entry, true);
        return true;
    }

    private void add(ImageEntry entry, boolean own) throws IOException {
        byte[] path = entry.path().getBytes(StandardCharsets.UTF_8);
        int slash = lastSlash(path);
        byte[] name = slash < 0 ? path : Arrays.copyOfRange(path, slash + 1, path.length);
        refuseName(entry, name);
        while (isBehind(path, open.element())) {
            close(open.pop());
        }
        OpenDirectory parent = parent(path, slash + 1);
        if (parent == null) {
            throw refused(entry, "comes before its directory, or out of order");
        }
        long node = 0;
        byte type = Layout.TYPE_DIRECTORY;
        if (entry.kind() == EntryKind.FILE) {
            node = file(entry, own);
            type = Layout.TYPE_FILE;
        } else if (entry.kind() == EntryKind.LINK) {
            node = link(entry);
            type = Layout.TYPE_LINK;
        }
        long place;
        try {
            place = parent.add(name, node, type);
        } catch (IllegalArgumentException e) {
            throw refused(entry, String.valueOf(e.getMessage()));
        }
        if (entry.kind() == EntryKind.DIRECTORY) {
            parent.directories++;
            byte[] prefix = Arrays.copyOf(path, path.length + 1);
            prefix[path.length] = '/';
            open.push(new OpenDirectory(prefix, entry, parent, place, scratch));
        }
    }

    private static void refuseName(ImageEntry entry, byte[] name) throws IOException {
        boolean dots = Arrays.equals(name, new byte[] {'.'}) || Arrays.equals(name, new byte[] {'.', '.'});
        boolean nul = entry.path().indexOf('\0') >= 0;
        if (name.length == 0 || dots || nul || name.length > Layout.NAME_BYTES_MAX) {
            throw refused(entry, "is not a name of 1 to " + Layout.NAME_BYTES_MAX + " bytes without NUL");
        }
    }

    private static IOException refused(ImageEntry entry, String why) {
        return new IOException("'" + entry.path() + "' cannot be in an EROFS image: " + why);
    }

    private static int lastSlash(byte[] path) {
        int i = path.length - 1;
        while (i >= 0 && path[i] != '/') {
            i--;
        }
        return i;
    }

    /** Whether a path comes behind all that can be in a directory, whatever the order of two that {@link ImageWriter} allows. */
    private static boolean isBehind(byte[] path, OpenDirectory directory) {
        byte[] prefix = directory.prefix;
        int length = Math.min(path.length, prefix.length);
        return Arrays.compareUnsigned(path, 0, length, prefix, 0, length) > 0;
    }

    private @Nullable OpenDirectory parent(byte[] path, int prefixLength) {
        for (OpenDirectory candidate : open) {
            byte[] prefix = candidate.prefix;
            if (prefix.length == prefixLength && Arrays.equals(prefix, 0, prefixLength, path, 0, prefixLength)) {
                return candidate;
            }
        }
        return null;
    }

    private long file(ImageEntry entry, boolean own) throws IOException {
        long blocks = Layout.blocks(entry.sizeBytes());
        if (blocks == 0) {
            long at = space.inode(Layout.INODE_BYTES, false);
            space.put(at, inode(entry, Layout.MODE_FILE, Layout.DATA_PLAIN, 0, 0, 1, Layout.INODE_BYTES));
            return Layout.node(at);
        }
        if (blocks > Layout.DEVICE_BLOCKS_MAX) {
            throw refused(entry, "it is longer than the 16 TiB that a device can have");
        }
        int device = own ? ownDevice(entry, blocks) : sharedDevice(entry, blocks);
        long block = own ? 0 : nextBlock - blocks;
        int shift = Math.min(Layout.CHUNK_SHIFT_MAX, Long.SIZE - Long.numberOfLeadingZeros(blocks - 1));
        int chunks = (int) ((blocks + (1L << shift) - 1) >>> shift);
        int bytes = Layout.INODE_BYTES + chunks * Layout.CHUNK_INDEX_BYTES;
        int format = shift | 0x20; // with chunk indexes, which name devices
        byte[] inode = inode(entry, Layout.MODE_FILE, Layout.DATA_CHUNKS, entry.sizeBytes(), format, 1, bytes);
        ByteBuffer indexes =
                ByteBuffer.wrap(inode).order(ByteOrder.LITTLE_ENDIAN).position(Layout.INODE_BYTES);
        for (int i = 0; i < chunks; i++) {
            indexes.putShort((short) 0);
            indexes.putShort((short) device);
            indexes.putInt((int) (block + ((long) i << shift)));
        }
        long at = space.inode(bytes, false);
        space.put(at, inode);
        return Layout.node(at);
    }

    private int ownDevice(ImageEntry entry, long blocks) {
        devices.add(new Device(blocks, entry.reference()));
        return devices.size();
    }

    private int sharedDevice(ImageEntry entry, long blocks) throws IOException {
        if (shared == 0 || nextBlock + blocks > Layout.DEVICE_BLOCKS_MAX) {
            if (devices.size() >= Layout.DEVICES_MAX) {
                throw refused(entry, "all " + Layout.DEVICES_MAX + " devices are in use");
            }
            devices.add(new Device(0, Device.SHARED));
            shared = devices.size();
            nextBlock = 0;
        }
        extents.add(shared, nextBlock, entry.reference());
        nextBlock += blocks;
        devices.set(shared - 1, new Device(nextBlock, Device.SHARED));
        return shared;
    }

    private long link(ImageEntry entry) throws IOException {
        String text = entry.target();
        byte[] target = text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
        if (target.length == 0 || target.length > Layout.TARGET_BYTES_MAX) {
            throw refused(entry, "a link's target has 1 to " + Layout.TARGET_BYTES_MAX + " bytes");
        }
        int bytes = Layout.INODE_BYTES + target.length;
        if (bytes <= Layout.BLOCK_BYTES) {
            long at = space.inode(bytes, true);
            byte[] inode = inode(entry, Layout.MODE_LINK, Layout.DATA_INLINE, target.length, 0, 1, bytes);
            System.arraycopy(target, 0, inode, Layout.INODE_BYTES, target.length);
            space.put(at, inode);
            return Layout.node(at);
        }
        long data = space.blocks(1);
        space.put(data, target);
        long at = space.inode(Layout.INODE_BYTES, false);
        int block = (int) (data >>> Layout.BLOCK_SHIFT);
        space.put(at, inode(entry, Layout.MODE_LINK, Layout.DATA_PLAIN, target.length, block, 1, Layout.INODE_BYTES));
        return Layout.node(at);
    }

    /** An inode of the long form, in front of {@code bytes} bytes with what follows it. */
    private byte[] inode(ImageEntry entry, int type, int data, long size, int where, int links, int bytes) {
        inodes++;
        byte[] inode = new byte[bytes];
        ByteBuffer.wrap(inode)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(0, (short) (1 | data << 1))
                .putShort(4, (short) (type | (entry.mode() & 07777)))
                .putLong(8, size)
                .putInt(16, where)
                .putInt(20, (int) inodes)
                .putInt(24, entry.uid())
                .putInt(28, entry.gid())
                .putLong(32, entry.modifiedSeconds())
                .putInt(40, entry.modifiedNanos())
                .putInt(44, links);
        return inode;
    }

    /** The node of a directory, which needs one now though it is not complete: one that is in it names it. */
    private long node(OpenDirectory directory) throws IOException {
        if (directory.position == 0) {
            directory.position = space.inode(Layout.INODE_BYTES, false);
        }
        return Layout.node(directory.position);
    }

    private void close(OpenDirectory directory) throws IOException {
        directory.complete();
        OpenDirectory parent = directory.parent;
        long size = directory.sizeBytes();
        boolean inline = directory.position == 0 && size <= INLINE_BYTES_MAX;
        int bytes = Layout.INODE_BYTES + (inline ? (int) size : 0);
        if (inline) {
            directory.position = space.inode(bytes, true);
        }
        long node = node(directory);
        directory.nodes(node, parent == null ? node : node(parent));
        int where = 0;
        if (!inline) {
            long at = space.blocks(Layout.blocks(size));
            directory.write(space, at);
            if (at >>> Layout.BLOCK_SHIFT > Layout.DEVICE_BLOCKS_MAX) {
                throw refused(directory.entry, "the image is longer than 16 TiB");
            }
            where = (int) (at >>> Layout.BLOCK_SHIFT);
        }
        int data = inline ? Layout.DATA_INLINE : Layout.DATA_PLAIN;
        int links = 2 + directory.directories;
        byte[] inode = inode(directory.entry, Layout.MODE_DIRECTORY, data, size, where, links, bytes);
        if (inline) {
            System.arraycopy(directory.only(), 0, inode, Layout.INODE_BYTES, (int) size);
        }
        if (parent == null) {
            System.arraycopy(inode, 0, first, Layout.ROOT_AT, Layout.INODE_BYTES);
        } else {
            space.put(directory.position, inode);
            parent.node(directory.place, node);
        }
        directory.close();
    }

    /**
     * Completes the image and puts it on the disk. It has a shared device always: by its closing whoever serves it hears that the image
     * is not mounted any more.
     *
     * @param identity shown as the file system's UUID
     * @param builtSeconds when, in seconds since 1970; the same tree, identity and time give the same bytes
     */
    public Image finish(UUID identity, long builtSeconds) throws IOException {
        while (!open.isEmpty()) {
            close(open.pop());
        }
        if (shared == 0) {
            devices.add(new Device(0, Device.SHARED));
        }
        long size = space.finish();
        Superblock.write(first, identity, inodes, size >>> Layout.BLOCK_SHIFT, builtSeconds, devices.size());
        byte[] slots = new byte[devices.size() * Layout.DEVICE_SLOT_BYTES];
        ByteBuffer table = ByteBuffer.wrap(slots).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < devices.size(); i++) {
            int slot = i * Layout.DEVICE_SLOT_BYTES;
            table.put(slot, ("device " + (i + 1)).getBytes(StandardCharsets.US_ASCII));
            table.putInt(slot + 64, (int) devices.get(i).blocks());
        }
        try (Arena arena = Arena.ofConfined()) {
            image.pwrite(arena.allocateFrom(ValueLayout.JAVA_BYTE, first), 0);
            image.pwrite(arena.allocateFrom(ValueLayout.JAVA_BYTE, slots), Layout.DEVICE_TABLE_AT);
        }
        image.sync();
        extents.finish(devices);
        return new Image(size, inodes, List.copyOf(devices));
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (OpenDirectory directory : open) {
            try {
                directory.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        space.close();
        extents.close();
        if (failure != null) {
            throw failure;
        }
    }
}
