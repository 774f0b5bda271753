package dev.leat.meta.engine.redis;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Write;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.CommandArguments;

/**
 * A commit as the arguments of the commit script, sorted by partition: the script then reads what it needs of a partition by one command and writes it by
 * another.
 */
final class RedisCommit {
    private static final byte[] NOTHING = {};

    private final Commit commit;
    private final byte[] stamp;
    private final Map<Bytes, Partition> partitions = new LinkedHashMap<>();

    /** What a commit has to do with one partition. */
    private static final class Partition {
        private final List<Bytes> absent = new ArrayList<>();
        private final List<Bytes> existing = new ArrayList<>();
        private final List<Check.At> stamped = new ArrayList<>();
        private final List<Bytes> empties = new ArrayList<>();
        private final List<Write.Merge> merges = new ArrayList<>();
        private final List<Write.Put> puts = new ArrayList<>();

        /** Puts of names that must be absent: those the index does not have yet. */
        private final List<Write.Put> fresh = new ArrayList<>();

        private final List<Bytes> deletes = new ArrayList<>();

        private void add(Check check) {
            switch (check) {
                case Check.Absent(Key key) -> absent.add(key.name());
                case Check.Exists(Key key) -> existing.add(key.name());
                case Check.At at -> stamped.add(at);
                case Check.Empty(Prefix prefix) -> empties.add(prefix.start());
            }
        }

        private void add(Write write) {
            switch (write) {
                case Write.Put put -> (absent.contains(put.key().name()) ? fresh : puts).add(put);
                case Write.Delete(Key key) -> deletes.add(key.name());
                case Write.Merge merge -> merges.add(merge);
            }
        }

        private byte[] counts() {
            return new byte[] {
                (byte) absent.size(),
                (byte) existing.size(),
                (byte) stamped.size(),
                (byte) merges.size(),
                (byte) empties.size(),
                (byte) puts.size(),
                (byte) fresh.size(),
                (byte) deletes.size()
            };
        }
    }

    RedisCommit(Commit commit) {
        this.commit = commit;
        this.stamp = stamp(commit.stamp());
        for (Check check : commit.checks()) {
            Bytes partition =
                    switch (check) {
                        case Check.Absent(Key key) -> key.partition();
                        case Check.Exists(Key key) -> key.partition();
                        case Check.At at -> at.key().partition();
                        case Check.Empty(Prefix prefix) -> prefix.partition();
                    };
            of(partition).add(check);
        }
        for (Write write : commit.writes()) {
            of(write.key().partition()).add(write);
        }
    }

    private Partition of(Bytes partition) {
        return partitions.computeIfAbsent(partition, _ -> new Partition());
    }

    /**
     * Appends the arguments after the script's key.
     *
     * @param eventsMax events that the feed keeps
     * @param markRepeats whether a repeated commit must write something to wait for
     */
    void appendTo(CommandArguments to, int eventsMax, boolean markRepeats) {
        to.add(stamp);
        Commit.Slot slot = commit.slot();
        if (slot == null) {
            to.add(NOTHING).add(NOTHING).add(NOTHING).add(NOTHING);
        } else {
            to.add(CommitRules.slotRow(commit, slot)).add(raw(slot.key().partition()));
            to.add(raw(slot.key().name())).add(number(slot.sequence() - 1));
        }
        to.add(partitions.size()).add(RedisCodec.event(commit)).add(eventsMax).add(markRepeats ? 1 : 0);
        partitions.forEach((name, partition) -> append(to, name, partition));
    }

    private void append(CommandArguments to, Bytes name, Partition partition) {
        to.add(raw(name)).add(partition.counts());
        partition.absent.forEach(each -> to.add(raw(each)));
        partition.existing.forEach(each -> to.add(raw(each)));
        partition.stamped.forEach(at -> to.add(raw(at.key().name())));
        partition.merges.forEach(merge -> to.add(raw(merge.key().name())));
        partition.stamped.forEach(at -> to.add(stamp(at.stamp())));
        partition.empties.forEach(each -> to.add(raw(each)));
        partition.merges.forEach(merge -> to.add(raw(merge.key().name())).add(merge(merge.delta(), merge.bounds())));
        partition.puts.forEach(put -> to.add(raw(put.key().name())).add(stamped(put.value())));
        partition.fresh.forEach(put -> to.add(raw(put.key().name())).add(stamped(put.value())));
        partition.deletes.forEach(each -> to.add(raw(each)));
    }

    private static byte[] raw(Bytes bytes) {
        return bytes.unsafeArray();
    }

    private static byte[] number(long number) {
        return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }

    private byte[] stamped(byte[] value) {
        return ByteBuffer.allocate(stamp.length + value.length)
                .put(stamp)
                .put(value)
                .array();
    }

    private static byte[] stamp(Stamp stamp) {
        return ByteBuffer.allocate(RedisCodec.STAMP_BYTES)
                .putLong(stamp.session())
                .putLong(stamp.sequence())
                .array();
    }

    private static byte[] merge(Cell delta, long[] bounds) {
        byte[] cell = delta.encode();
        if (bounds.length == 0) {
            return cell;
        }
        ByteBuffer out =
                ByteBuffer.allocate(cell.length + Long.BYTES * bounds.length).put(cell);
        for (long bound : bounds) {
            out.putLong(bound);
        }
        return out.array();
    }
}
