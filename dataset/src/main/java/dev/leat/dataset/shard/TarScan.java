package dev.leat.dataset.shard;

import dev.leat.store.StoreException;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Goes through a tar file of any of the usual kinds: ustar, pax, GNU. */
final class TarScan extends ShardScan {
    /** Names and attributes of one member. */
    private static final int EXTENDED_BYTES_MAX = 1 << 20;

    private final Map<String, String> pax = new HashMap<>();
    private @Nullable String longName;
    private @Nullable String lastName;
    private @Nullable String lastKey;
    private long recordBegin = -1;

    TarScan(ShardInput in, @Nullable ShardIndex index) {
        super(in, index);
    }

    @Override
    void run() throws StoreException {
        while (true) {
            if (in().remaining() < Tar.BLOCK_BYTES) {
                problem("it ends at byte " + in().position() + " without the blocks of zeros that end a tar file"
                        + behind());
                return;
            }
            long at = in().position();
            if (recordBegin < 0) {
                recordBegin = at;
            }
            byte[] block = in().take(Tar.BLOCK_BYTES);
            if (Tar.isZero(block)) {
                end();
                return;
            }
            try {
                Tar.Header header = Tar.parse(block);
                if (!take(header)) {
                    return;
                }
            } catch (Tar.BadHeader e) {
                if (!resume(at, e)) {
                    return;
                }
            }
        }
    }

    private String behind() {
        return lastName == null ? "" : ", behind " + lastName;
    }

    private void end() throws StoreException {
        if (in().remaining() < Tar.BLOCK_BYTES || !Tar.isZero(in().take(Tar.BLOCK_BYTES))) {
            problem("only one block of zeros ends it" + behind());
        }
    }

    /** Goes on at the next member that the index knows; false where there is no way to know. */
    private boolean resume(long at, Tar.BadHeader damage) throws StoreException {
        ShardIndex.Member wanted = next();
        forget();
        if (wanted == null || wanted.offset() < in().position()) {
            problem("the header at byte " + at + behind() + " cannot be read (" + damage.getMessage()
                    + "); what follows was not looked at");
            return false;
        }
        problem("the header of " + wanted.name() + " at byte " + at + " cannot be read (" + damage.getMessage() + ")");
        if (wanted.offset() - in().position() + wanted.sizeBytes() > in().remaining()) {
            return false;
        }
        in().pass(wanted.offset() - in().position());
        content(wanted.name(), wanted.sizeBytes(), wanted.record());
        return true;
    }

    private void forget() {
        pax.clear();
        longName = null;
        recordBegin = -1;
    }

    /** Takes what a header announces; false at the end of what can be read. */
    private boolean take(Tar.Header header) throws StoreException, Tar.BadHeader {
        switch (header.type()) {
            case 'x' -> {
                pax.putAll(Tar.parsePax(extended(header)));
                return true;
            }
            case 'g' -> {
                extended(header);
                return true;
            }
            case 'L' -> {
                byte[] name = extended(header);
                int length = 0;
                while (length < name.length && name[length] != 0) {
                    length++;
                }
                longName = Tar.utf8(name, 0, length);
                return true;
            }
            case 'K' -> {
                extended(header);
                return true;
            }
            case 'S' -> throw new Tar.BadHeader("it is a sparse file, whose bytes do not lie there as they are");
            default -> {}
        }
        String name = pax.getOrDefault("path", longName == null ? header.name() : longName);
        long size = size(header);
        long record = recordBegin;
        forget();
        if (!header.isFile()) {
            return skip(name, size);
        }
        return content(name, size, record);
    }

    private long size(Tar.Header header) throws Tar.BadHeader {
        String text = pax.get("size");
        if (text == null) {
            return header.sizeBytes();
        }
        if (!text.matches("\\d{1,18}")) {
            throw new Tar.BadHeader("the length is no number");
        }
        return Long.parseLong(text);
    }

    private byte[] extended(Tar.Header header) throws StoreException, Tar.BadHeader {
        long size = header.sizeBytes();
        if (size > EXTENDED_BYTES_MAX || size + Tar.padding(size) > in().remaining()) {
            throw new Tar.BadHeader("its extended header has " + size + " bytes");
        }
        byte[] bytes = in().take((int) size);
        in().pass(Tar.padding(size));
        return bytes;
    }

    private boolean skip(String name, long size) throws StoreException {
        if (size + Tar.padding(size) > in().remaining()) {
            problem(name + " is cut off");
            return false;
        }
        in().pass(size + Tar.padding(size));
        return true;
    }

    private boolean content(String name, long size, long record) throws StoreException {
        if (size > in().remaining()) {
            problem(name + " is cut off: " + in().remaining() + " of its " + size + " bytes are there");
            skip();
            return false;
        }
        long offset = in().position();
        CRC32C sum = new CRC32C();
        in().pass(size, sum);
        in().pass(Math.min(Tar.padding(size), in().remaining()));
        lastName = name;
        String key = Sample.keyOf(name);
        if (!key.equals(lastKey)) {
            sample();
            lastKey = key;
        }
        member(new ShardIndex.Member(name, offset, size, (int) sum.getValue(), record));
        return true;
    }
}
