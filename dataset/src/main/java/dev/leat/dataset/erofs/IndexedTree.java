package dev.leat.dataset.erofs;

import dev.leat.dataset.index.TreeIndex;
import dev.leat.dataset.read.InPlace;
import dev.leat.dataset.source.EntryKind;
import dev.leat.store.Blob;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;

/** A sealed version as its index has it, walked directory by directory; a file's reference is its row. */
public final class IndexedTree implements SealedTree {
    private static final int LINK_MODE = 0777;
    private static final int IDENTITY_BYTES = 16;

    private final TreeIndex index;
    private final InPlace origin;
    private final Defaults defaults;

    /**
     * What is shown where the source has no owners or modes.
     *
     * @param uid owner
     * @param gid group
     * @param fileMode permissions of files
     * @param directoryMode permissions of directories
     */
    public record Defaults(int uid, int gid, int fileMode, int directoryMode) {}

    /** A directory whose names are being given. */
    private static final class Open {
        private final String prefix;
        private final int end;
        private int next;

        Open(TreeIndex index, int directory, String prefix) {
            this.prefix = prefix;
            this.next = index.firstChild(directory);
            this.end = next + index.children(directory);
        }
    }

    /** The tree of {@code index}, whose files are those of {@code origin}. */
    public IndexedTree(TreeIndex index, InPlace origin, Defaults defaults) {
        this.index = index;
        this.origin = origin;
        this.defaults = defaults;
    }

    @Override
    public String identity() {
        String shown = index.summary().manifest().hex() + " " + defaults;
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(shown.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, IDENTITY_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public ImageEntry root() {
        return entry(0, "");
    }

    @Override
    public void entries(Sink sink) throws IOException {
        Deque<Open> open = new ArrayDeque<>();
        open.push(new Open(index, 0, ""));
        while (!open.isEmpty()) {
            Open directory = open.element();
            if (directory.next == directory.end) {
                open.pop();
                continue;
            }
            int row = directory.next++;
            String path = directory.prefix + new String(index.name(row), StandardCharsets.UTF_8);
            ImageEntry entry = entry(row, path);
            sink.take(entry);
            if (entry.kind() == EntryKind.DIRECTORY) {
                open.push(new Open(index, row, path + "/"));
            }
        }
    }

    private ImageEntry entry(int row, String path) {
        EntryKind kind = index.kind(row);
        int mode = index.mode(row);
        int uid = index.uid(row);
        int gid = index.gid(row);
        long modified = index.modifiedEpochMs(row);
        int usual =
                switch (kind) {
                    case FILE -> defaults.fileMode();
                    case DIRECTORY -> defaults.directoryMode();
                    case LINK -> LINK_MODE;
                };
        String target = kind == EntryKind.LINK ? new String(index.text(row), StandardCharsets.UTF_8) : null;
        return new ImageEntry(
                path,
                kind,
                mode < 0 || kind == EntryKind.LINK ? usual : mode,
                uid < 0 ? defaults.uid() : uid,
                gid < 0 ? defaults.gid() : gid,
                index.sizeBytes(row),
                Math.floorDiv(modified, 1_000L),
                (int) Math.floorMod(modified, 1_000L) * 1_000_000,
                target,
                row);
    }

    @Override
    public Blob blob(long reference) {
        int row = (int) reference;
        return origin.blob(index.path(row), index.version(row));
    }
}
