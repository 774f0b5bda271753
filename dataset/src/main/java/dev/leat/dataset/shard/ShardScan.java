package dev.leat.dataset.shard;

import dev.leat.store.StoreException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a shard: finds its members, and what is wrong with it. With an index it tells which member is damaged, and goes
 * on behind damage that hides where the next one is.
 */
abstract class ShardScan {
    /** Of a shard that is damaged all over, so many problems are enough. */
    private static final int PROBLEMS_MAX = 100;

    private final ShardInput in;
    private final List<ShardIndex.Member> expected;
    private final List<ShardIndex.Member> found = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private long unnamed;
    private int next;
    private long samples;

    ShardScan(ShardInput in, @Nullable ShardIndex index) {
        this.in = in;
        this.expected = index == null ? List.of() : index.members();
    }

    /** The scan for a format. */
    static ShardScan of(ShardFormat format, ShardInput in, @Nullable ShardIndex index) {
        return switch (format) {
            case WEBDATASET -> new TarScan(in, index);
            case TFRECORD -> new RecordScan(in, index);
        };
    }

    /** Goes through all of it. */
    abstract void run() throws StoreException;

    final ShardInput in() {
        return in;
    }

    /** The member of the index that comes next; null if there is no index, or none is left. */
    final ShardIndex.@Nullable Member next() {
        return next < expected.size() ? expected.get(next) : null;
    }

    /** The members of the index that nobody has seen yet. */
    final List<ShardIndex.Member> upcoming() {
        return expected.subList(next, expected.size());
    }

    /** Passes over the next member of the index. */
    final void skip() {
        next++;
    }

    final void problem(String text) {
        if (problems.size() < PROBLEMS_MAX) {
            problems.add(text);
        } else {
            unnamed++;
        }
    }

    /** Members seen so far. */
    final List<ShardIndex.Member> found() {
        return found;
    }

    /** Samples seen so far. */
    final long samples() {
        return samples;
    }

    final void sample() {
        samples++;
    }

    /** Takes a member, and holds it against the index. */
    final void member(ShardIndex.Member seen) {
        found.add(seen);
        if (expected.isEmpty()) {
            return;
        }
        ShardIndex.Member wanted = next();
        if (wanted == null) {
            problem(seen.name() + " is not in the index");
            return;
        }
        next++;
        if (!wanted.name().equals(seen.name()) || wanted.offset() != seen.offset()) {
            problem("at byte " + seen.offset() + " is " + seen.name() + ", the index has " + wanted.name() + " at byte "
                    + wanted.offset());
        } else if (wanted.sizeBytes() != seen.sizeBytes()) {
            problem(seen.name() + " has " + seen.sizeBytes() + " bytes, the index says " + wanted.sizeBytes());
        } else if (wanted.crc() != seen.crc()) {
            problem(seen.name() + " is damaged: its " + seen.sizeBytes() + " bytes at byte " + seen.offset()
                    + " have the CRC32C " + hex(seen.crc()) + ", the index says " + hex(wanted.crc()));
        }
    }

    private static String hex(int crc) {
        return HexFormat.of().toHexDigits(crc);
    }

    /** What is wrong, one line each, after what the index has and nobody saw. */
    final List<String> problems() {
        List<String> all = new ArrayList<>(problems);
        if (next < expected.size()) {
            all.add((expected.size() - next) + " members of the index are not there, the first is "
                    + expected.get(next).name());
        }
        if (unnamed > 0) {
            all.add("and " + unnamed + " more");
        }
        return all;
    }
}
