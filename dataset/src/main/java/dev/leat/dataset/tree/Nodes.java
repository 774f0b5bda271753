package dev.leat.dataset.tree;

import dev.leat.dataset.source.Facts;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * All nodes by number and by inode number. An inode number is a hash of the path, so it is the same at each mount; two paths
 * with the same hash, should there be any, get neighbouring numbers as long as both are known.
 */
final class Nodes {
    private static final long ROOT = 1;

    /** Below lie the numbers of the root and of the daemon's own files. */
    private static final long FIRST = 1L << 32;

    private static final int GENERATION_SHIFT = 40;

    private final Node root;
    private final Map<Long, Node> byId = new ConcurrentHashMap<>();
    private final Map<Long, Node> byIno = new ConcurrentHashMap<>();
    private final AtomicLong nextId;

    /** @param generation daemons that have given numbers to the kernel before this one; none of its own is one of theirs */
    Nodes(long nowNs, int generation) {
        nextId = new AtomicLong(FIRST + ((long) generation << GENERATION_SHIFT));
        root = new Node(ROOT, ROOT, null, "", null, Facts.directory(Facts.UNKNOWN), nowNs);
        byId.put(ROOT, root);
        byIno.put(ROOT, root);
    }

    Node root() {
        return root;
    }

    @Nullable
    Node get(long id) {
        return byId.get(id);
    }

    @Nullable
    Node byIno(long ino) {
        return byIno.get(ino);
    }

    long count() {
        return byId.size();
    }

    /** The inode number of a name in a directory, as long as no other path has it. */
    static long ino(long directoryIno, String name) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, directoryIno));
            long hash = ByteBuffer.wrap(digest.digest(name.getBytes(StandardCharsets.UTF_8)))
                            .getLong()
                    & Long.MAX_VALUE;
            return hash < FIRST ? hash + FIRST : hash;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    Node make(Node parent, String name, @Nullable Branch branch, Facts facts, long checkedNs) {
        return make(nextId.getAndIncrement(), parent, name, branch, facts, checkedNs);
    }

    /** The same under a number that the kernel knows it by. */
    Node make(long id, Node parent, String name, @Nullable Branch branch, Facts facts, long checkedNs) {
        long ino = ino(parent.ino(), name);
        while (true) {
            Node node = new Node(id, ino, parent, name, branch, facts, checkedNs);
            Node kept = byIno.compute(
                    ino, (_, there) -> there == null || there.isGone() || isSameName(there, node) ? node : there);
            if (kept == node) {
                byId.put(id, node);
                return node;
            }
            ino++;
        }
    }

    /** See {@link Tree#restore}. */
    @Nullable
    Node restore(long id, long parentId, String name, Branches branches, Facts facts, long nowNs) {
        Node there = byId.get(id);
        Node parent = byId.get(parentId);
        if (there != null || parent == null || !parent.isDirectory()) {
            return there != null && there.name().equals(name) && there.parentId() == parentId ? there : null;
        }
        Branch of = branches.of(parent, name);
        Duration ttl = of == null ? Freshness.DEFAULT.ttl() : of.freshness().ttl();
        Node before = parent.directory().children.get(name);
        if (before != null) {
            before.gone();
        }
        Node node = make(id, parent, name, of, facts, nowNs - ttl.toNanos());
        parent.directory().children.put(name, node);
        node.lookedUp();
        return node;
    }

    private static boolean isSameName(Node a, Node b) {
        return a.parent() == b.parent() && a.name().equals(b.name());
    }

    void drop(Node node) {
        byId.remove(node.id(), node);
        byIno.remove(node.ino(), node);
        Node parent = node.parent();
        if (parent != null) {
            parent.directory().children.remove(node.name(), node);
        }
    }
}
