package dev.leat.meta.fsck;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows about inodes and blobs, spilled to files by a hash of what they are about, so that all rows about one thing can be looked at together with
 * only a small part of the volume in memory: of 100 million files about 400,000 at a time.
 */
final class FactSpill implements AutoCloseable {
    private static final int BUCKETS = 256;
    private static final Fact[] FACTS = Fact.values();

    private final List<Path> files = new ArrayList<>();
    private final List<DataOutputStream> outputs = new ArrayList<>();

    /** Opens files in a directory, which must exist. */
    FactSpill(Path directory) throws IOException {
        for (int i = 0; i < BUCKETS; i++) {
            Path file = Files.createTempFile(directory, "leat-fsck-", ".rows");
            files.add(file);
            outputs.add(new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 14)));
        }
    }

    /** Adds a row. */
    void add(Subject subject, Fact fact, long a, long b, long c) throws IOException {
        long mixed = (subject.high() * 31 + subject.low()) * 0x9E3779B97F4A7C15L;
        DataOutputStream out = outputs.get((int) (mixed >>> 56) % BUCKETS);
        out.writeLong(subject.high());
        out.writeLong(subject.low());
        out.writeByte(number(fact));
        out.writeLong(a);
        out.writeLong(b);
        out.writeLong(c);
    }

    /** Hands out all rows, bucket by bucket; nothing can be added any more. */
    void read(Reading reading) throws IOException {
        for (DataOutputStream out : outputs) {
            out.close();
        }
        for (Path file : files) {
            try (DataInputStream in =
                    new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
                while (true) {
                    long high;
                    try {
                        high = in.readLong();
                    } catch (EOFException e) {
                        break;
                    }
                    Subject subject = new Subject(high, in.readLong());
                    reading.row(subject, FACTS[in.readByte()], in.readLong(), in.readLong(), in.readLong());
                }
            }
            reading.endOfBucket();
        }
    }

    @Override
    public void close() throws IOException {
        for (DataOutputStream out : outputs) {
            out.close();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }

    private static int number(Fact fact) {
        for (int i = 0; i < FACTS.length; i++) {
            if (FACTS[i] == fact) {
                return i;
            }
        }
        throw new IllegalArgumentException("no fact " + fact);
    }

    /**
     * What a row is about.
     *
     * @param high a blob's session; 0 for an inode
     * @param low a blob's sequence, or an inode's number
     */
    record Subject(long high, long low) {}

    /** Takes rows. */
    interface Reading {
        void row(Subject subject, Fact fact, long a, long b, long c) throws IOException;

        /** All rows about the subjects so far were handed out. */
        void endOfBucket();
    }
}
