package dev.leat.vfs;

import dev.leat.meta.fs.FsException;
import java.util.List;

/**
 * The numbers by which the kernel knows inodes: nodes. A node's number is that of its inode, but for files whose content was
 * replaced while the kernel reads the old content by itself (see {@link Passthrough}): as long as that is open, the inode's own
 * number stands for it, and who looks the name up is told another one.
 */
public final class Nodes {
    private final Inodes inodes;

    Nodes(Inodes inodes) {
        this.inodes = inodes;
    }

    /** The inode behind a node; ESTALE if there is none. */
    public long ino(long node) throws FsException {
        return inodes.ino(node);
    }

    /** The node by which the kernel is to know an inode from now on. Waits for no metadata and no disk. */
    public long node(long ino) {
        return inodes.node(ino);
    }

    /** Whether a node stands for content that was replaced. */
    public boolean isOld(long node) {
        return inodes.superseded(node) != null;
    }

    /** All nodes by which the kernel may know an inode. */
    public List<Long> all(long ino) {
        return inodes.nodes(ino);
    }

    /** Counts a node that the kernel is told in an entry. */
    public void lookedUp(long node) {
        inodes.lookedUp(node);
    }

    /** The kernel drops {@code count} of its references to a node. */
    public void forgotten(long node, long count) {
        inodes.forgotten(node, count);
    }
}
