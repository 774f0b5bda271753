package dev.leat.meta.engine.postgres;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import java.nio.ByteBuffer;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A commit as the arguments of the schema's function, and what the function answered. */
final class PostgresCommit {
    /** Number of arguments of the function. */
    private static final int ARGUMENTS = 23;

    /** Above every name: those have at most 512 bytes. */
    private static final byte[] LAST = last();

    private final Commit commit;
    private final TreeMap<Long, Boolean> locks = new TreeMap<>();
    private final long lockSeed;

    private final List<String> checkKinds = new ArrayList<>();
    private final KeyColumns checks = new KeyColumns();
    private final List<Long> checkSessions = new ArrayList<>();
    private final List<Long> checkSequences = new ArrayList<>();
    private final KeyColumns empties = new KeyColumns();
    private final List<byte[]> emptyEnds = new ArrayList<>();
    private final KeyColumns puts = new KeyColumns();
    private final List<byte[]> putValues = new ArrayList<>();
    private final KeyColumns deletes = new KeyColumns();
    private final KeyColumns merges = new KeyColumns();
    private final List<byte[]> mergeDeltas = new ArrayList<>();
    private final List<byte[]> mergeBounds = new ArrayList<>();

    PostgresCommit(Commit commit, String schema) {
        this.commit = commit;
        this.lockSeed = hash(0, Bytes.of(schema));
        Commit.Slot slot = commit.slot();
        if (slot != null) {
            check("t", slot.key(), 0, slot.sequence(), true);
            puts.add(slot.key());
            putValues.add(CommitRules.slotRow(commit, slot));
        }
        commit.checks().forEach(this::add);
        commit.writes().forEach(this::add);
    }

    /** The statement that calls the function. */
    static String sql(String schema) {
        return "SELECT * FROM " + schema + ".commit(" + "?, ".repeat(ARGUMENTS - 1) + "?)";
    }

    private void add(Check check) {
        switch (check) {
            case Check.Absent absent -> check("a", absent.key(), 0, 0, false);
            case Check.Exists exists -> check("x", exists.key(), 0, 0, false);
            case Check.At at ->
                check("s", at.key(), at.stamp().session(), at.stamp().sequence(), false);
            case Check.Empty empty -> {
                Prefix prefix = empty.prefix();
                empties.add(new Key(prefix.partition(), prefix.start()));
                emptyEnds.add(end(prefix.start()));
                lockPartition(prefix.partition(), true);
            }
        }
    }

    private void check(String kind, Key key, long session, long sequence, boolean exclusive) {
        checkKinds.add(kind);
        checks.add(key);
        checkSessions.add(session);
        checkSequences.add(sequence);
        lock(key, exclusive);
    }

    private void add(Write write) {
        lock(write.key(), true);
        lockPartition(write.key().partition(), false);
        switch (write) {
            case Write.Put put -> {
                puts.add(put.key());
                putValues.add(put.value());
            }
            case Write.Delete delete -> deletes.add(delete.key());
            case Write.Merge merge -> {
                merges.add(merge.key());
                mergeDeltas.add(merge.delta().encode());
                ByteBuffer bounds = ByteBuffer.allocate(Long.BYTES * merge.bounds().length);
                for (long bound : merge.bounds()) {
                    bounds.putLong(bound);
                }
                mergeBounds.add(bounds.array());
            }
        }
    }

    private void lock(Key key, boolean exclusive) {
        locks.merge(hash(hash(lockSeed, key.partition()), key.name()), exclusive, Boolean::logicalOr);
    }

    /** Writers share a partition; who needs a part of it empty has it alone, since a key that is not there yet cannot be locked by name. */
    private void lockPartition(Bytes partition, boolean exclusive) {
        locks.merge(hash(~lockSeed, partition), exclusive, Boolean::logicalOr);
    }

    /** FNV-1a over length and bytes with a final mix; every client of a volume must come to the same number. */
    private static long hash(long seed, Bytes bytes) {
        long hash = seed ^ 0xcbf29ce484222325L ^ bytes.length();
        for (byte b : bytes.unsafeArray()) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        hash = (hash ^ hash >>> 32) * 0x9fb21c651e98df25L;
        return hash ^ hash >>> 28;
    }

    /** The least name above all that start with {@code prefix}. */
    static byte[] end(Bytes prefix) {
        byte[] bytes = prefix.toArray();
        for (int i = bytes.length - 1; i >= 0; i--) {
            if (bytes[i] != (byte) 0xff) {
                byte[] end = java.util.Arrays.copyOf(bytes, i + 1);
                end[i]++;
                return end;
            }
        }
        return LAST;
    }

    private static byte[] last() {
        byte[] last = new byte[CommitRules.KEY_BYTES_MAX + 1];
        java.util.Arrays.fill(last, (byte) 0xff);
        return last;
    }

    CommitResult run(Connection connection, PreparedStatement statement) throws SQLException, MetaException {
        int at = 0;
        statement.setLong(++at, commit.stamp().session());
        statement.setLong(++at, commit.stamp().sequence());
        statement.setBoolean(++at, commit.durable());
        statement.setArray(++at, connection.createArrayOf("int8", locks.keySet().toArray()));
        statement.setArray(++at, connection.createArrayOf("bool", locks.values().toArray()));
        statement.setArray(++at, connection.createArrayOf("text", checkKinds.toArray()));
        at = checks.set(connection, statement, at);
        statement.setArray(++at, connection.createArrayOf("int8", checkSessions.toArray()));
        statement.setArray(++at, connection.createArrayOf("int8", checkSequences.toArray()));
        at = empties.set(connection, statement, at);
        statement.setArray(++at, bytea(connection, emptyEnds));
        at = puts.set(connection, statement, at);
        statement.setArray(++at, bytea(connection, putValues));
        at = deletes.set(connection, statement, at);
        at = merges.set(connection, statement, at);
        statement.setArray(++at, bytea(connection, mergeDeltas));
        statement.setArray(++at, bytea(connection, mergeBounds));
        statement.setBytes(++at, PostgresFeed.event(commit));
        try (ResultSet row = statement.executeQuery()) {
            row.next();
            return result(row);
        }
    }

    private CommitResult result(ResultSet row) throws SQLException, MetaException {
        Commit.Slot slot = commit.slot();
        return switch (row.getInt("code")) {
            case 1 -> CommitResult.APPLIED;
            case 2 -> CommitResult.FENCED;
            case 3 -> failed(row);
            default -> {
                byte[] value = ((byte[][]) array(row, "vals"))[0];
                if (slot == null) {
                    throw new MetaException(Kind.CORRUPT, "the commit function saw a slot where there is none");
                }
                // Says out of turn or corrupt in the same words as every engine.
                CommitRules.slotVerdict(commit, value);
                throw CommitRules.outOfTurn(slot, ByteBuffer.wrap(value).getLong());
            }
        };
    }

    private static CommitResult failed(ResultSet row) throws SQLException {
        byte[][] partitions = (byte[][]) array(row, "partitions");
        byte[][] names = (byte[][]) array(row, "names");
        byte[][] values = (byte[][]) array(row, "vals");
        @Nullable Long[] sessions = (Long[]) array(row, "sessions");
        @Nullable Long[] sequences = (Long[]) array(row, "sequences");
        Map<Key, Optional<Value>> current = new LinkedHashMap<>();
        for (int i = 0; i < partitions.length; i++) {
            Key key = new Key(Bytes.wrap(partitions[i]), Bytes.wrap(names[i]));
            Long session = sessions[i];
            Long sequence = sequences[i];
            current.put(
                    key,
                    session == null || sequence == null
                            ? Optional.empty()
                            : Optional.of(new Value(values[i], new Stamp(session, sequence))));
        }
        return new CommitResult.Failed(current);
    }

    private static Object array(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        return array.getArray();
    }

    static Array bytea(Connection connection, List<byte[]> values) throws SQLException {
        return connection.createArrayOf("bytea", values.toArray(byte[][]::new));
    }

    /** Keys as two columns. */
    static final class KeyColumns {
        private final List<byte[]> partitions = new ArrayList<>();
        private final List<byte[]> names = new ArrayList<>();

        void add(Key key) {
            partitions.add(key.partition().unsafeArray());
            names.add(key.name().unsafeArray());
        }

        int set(Connection connection, PreparedStatement statement, int at) throws SQLException {
            statement.setArray(at + 1, bytea(connection, partitions));
            statement.setArray(at + 2, bytea(connection, names));
            return at + 2;
        }
    }
}
