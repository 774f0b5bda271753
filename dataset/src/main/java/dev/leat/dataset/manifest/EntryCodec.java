package dev.leat.dataset.manifest;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of an entry. An entry is two parts, each with its length before it: what belongs to the tree's identity, and what
 * does not. Numbers are written seven bits a byte, the lowest first.
 *
 * <pre>
 * identity: kind {@code d f l} · path · mode + 1 · of a file: length, then {@code v} validator or {@code s} SHA-256 (or
 *           {@code n}, while nobody knows) · of a link: target
 * facts:    fields of a tag and a value with its length, tags ascending: {@code m} time · {@code o} owner, group ·
 *           {@code v} validator, where the identity has a digest
 * </pre>
 *
 * <p>Facts with tags that are not known are passed over; an identity that is not understood is refused.
 */
final class EntryCodec {
    private static final byte DIRECTORY = 'd';
    private static final byte FILE = 'f';
    private static final byte LINK = 'l';
    private static final byte BY_VALIDATOR = 'v';
    private static final byte BY_DIGEST = 's';
    private static final byte BY_NOTHING = 'n';
    private static final byte MODIFIED = 'm';
    private static final byte OWNER = 'o';
    private static final byte VALIDATOR = 'v';

    /** Longest validator or target, in bytes. */
    private static final int TEXT_BYTES_MAX = 8 << 10;

    /** Room that every entry fits into, in bytes. */
    static final int ENTRY_BYTES_MAX = Ancestors.PATH_BYTES_MAX + 3 * TEXT_BYTES_MAX + 256;

    private final ByteBuffer scratch = ByteBuffer.allocate(ENTRY_BYTES_MAX);

    /** Writes the identity with its length before it. */
    void identity(ManifestEntry entry, ByteBuffer to) throws ManifestException {
        scratch.clear();
        scratch.put(
                switch (entry.kind()) {
                    case DIRECTORY -> DIRECTORY;
                    case FILE -> FILE;
                    case LINK -> LINK;
                });
        text(entry.path(), Ancestors.PATH_BYTES_MAX, "path");
        number(scratch, entry.mode() + 1L);
        Sha256 content = entry.content();
        String validator = entry.validator();
        switch (entry.kind()) {
            case DIRECTORY -> {}
            case FILE -> {
                number(scratch, entry.sizeBytes());
                if (content != null) {
                    scratch.put(BY_DIGEST);
                    content.write(scratch);
                } else if (validator != null) {
                    scratch.put(BY_VALIDATOR);
                    text(validator, TEXT_BYTES_MAX, "validator");
                } else {
                    scratch.put(BY_NOTHING);
                }
            }
            case LINK -> text(entry.target() == null ? "" : entry.target(), TEXT_BYTES_MAX, "target");
        }
        part(to);
    }

    /** Writes the facts with their length before them. */
    void facts(ManifestEntry entry, ByteBuffer to) throws ManifestException {
        scratch.clear();
        if (entry.modifiedEpochMs() != Facts.UNKNOWN) {
            scratch.put(MODIFIED);
            number(scratch, Long.BYTES);
            scratch.putLong(entry.modifiedEpochMs());
        }
        if (entry.uid() != ManifestEntry.NONE) {
            scratch.put(OWNER);
            number(scratch, 2 * Integer.BYTES);
            scratch.putInt(entry.uid()).putInt(entry.gid());
        }
        String validator = entry.validator();
        if (entry.content() != null && validator != null) {
            scratch.put(VALIDATOR);
            text(validator, TEXT_BYTES_MAX, "validator");
        }
        part(to);
    }

    private void part(ByteBuffer to) {
        scratch.flip();
        number(to, scratch.remaining());
        to.put(scratch);
    }

    private void text(String text, int max, String what) throws ManifestException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > max) {
            throw new ManifestException("a " + what + " has " + bytes.length + " bytes, at most " + max + " fit: '"
                    + text.substring(0, 80) + "…'");
        }
        number(scratch, bytes.length);
        scratch.put(bytes);
    }

    static void number(ByteBuffer to, long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            to.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        to.put((byte) rest);
    }

    static long number(ByteBuffer from) throws ManifestException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = from.get();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new ManifestException("a number in it is too long");
    }

    /** The next part, whose length stands before it; the position moves behind it. */
    static ByteBuffer part(ByteBuffer from, int max) throws ManifestException {
        long length = number(from);
        if (length < 0 || length > Math.min(max, from.remaining())) {
            throw new ManifestException("a length in it is wrong");
        }
        ByteBuffer part = from.slice(from.position(), (int) length);
        from.position(from.position() + (int) length);
        return part;
    }

    /** Reads an entry from its two parts. */
    static ManifestEntry read(ByteBuffer identity, ByteBuffer facts) throws ManifestException {
        try {
            return parsed(identity, facts);
        } catch (BufferUnderflowException e) {
            throw new ManifestException("an entry ends early");
        }
    }

    private static ManifestEntry parsed(ByteBuffer identity, ByteBuffer facts) throws ManifestException {
        EntryKind kind =
                switch (identity.get()) {
                    case DIRECTORY -> EntryKind.DIRECTORY;
                    case FILE -> EntryKind.FILE;
                    case LINK -> EntryKind.LINK;
                    default -> throw new ManifestException("an entry is of a kind that this version does not know");
                };
        String path = text(identity, Ancestors.PATH_BYTES_MAX);
        int mode = (int) number(identity) - 1;
        long size = 0;
        String validator = null;
        Sha256 content = null;
        String target = null;
        if (kind == EntryKind.FILE) {
            size = number(identity);
            switch (identity.get()) {
                case BY_DIGEST -> content = Sha256.read(identity);
                case BY_VALIDATOR -> validator = text(identity, TEXT_BYTES_MAX);
                case BY_NOTHING -> {}
                default -> throw new ManifestException("'" + path + "' is known by what this version does not know");
            }
        } else if (kind == EntryKind.LINK) {
            target = text(identity, TEXT_BYTES_MAX);
        }
        if (identity.hasRemaining() || size < 0 || mode < ManifestEntry.NONE || mode > 0777) {
            throw new ManifestException("what is said of '" + path + "' makes no sense");
        }
        Aside aside = new Aside(facts);
        return new ManifestEntry(
                path,
                kind,
                mode,
                aside.uid,
                aside.gid,
                size,
                aside.modifiedEpochMs,
                aside.validator == null ? validator : aside.validator,
                content,
                target);
    }

    /** What does not belong to the identity. */
    private static final class Aside {
        private long modifiedEpochMs = Facts.UNKNOWN;
        private int uid = ManifestEntry.NONE;
        private int gid = ManifestEntry.NONE;
        private @Nullable String validator;

        Aside(ByteBuffer facts) throws ManifestException {
            while (facts.hasRemaining()) {
                byte tag = facts.get();
                ByteBuffer value = part(facts, TEXT_BYTES_MAX);
                switch (tag) {
                    case MODIFIED -> modifiedEpochMs = value.getLong();
                    case OWNER -> {
                        uid = value.getInt();
                        gid = value.getInt();
                    }
                    case VALIDATOR -> validator = decoded(value);
                    default -> {} // of a later version
                }
            }
        }
    }

    private static String text(ByteBuffer from, int max) throws ManifestException {
        return decoded(part(from, max));
    }

    private static String decoded(ByteBuffer bytes) {
        return new String(
                bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining(), StandardCharsets.UTF_8);
    }
}
