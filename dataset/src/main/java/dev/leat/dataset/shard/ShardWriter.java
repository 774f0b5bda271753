package dev.leat.dataset.shard;

import dev.leat.dataset.source.Source;
import dev.leat.store.ObjectStore;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;

/**
 * Writes shards, one after the other: pieces are gathered until their content fills a buffer, fetched many at a time, and
 * written in order.
 */
final class ShardWriter {
    /** Content that is fetched at a time. */
    private static final int BATCH_BYTES = 8 << 20;

    /** Longest range of one request. */
    private static final int RANGE_BYTES = 4 << 20;

    /** Pieces of which a batch consists at most. */
    private static final int BATCH_PIECES = 1_024;

    /** Requests at a time. */
    private static final int FETCHES = 32;

    private final Source source;
    private final ObjectStore store;
    private final ShardFormat format;
    private final Layout layout;
    private final LongConsumer progress;
    private final ByteBuffer room = ByteBuffer.allocateDirect(BATCH_BYTES + RANGE_BYTES);
    private final ByteBuffer part;

    /**
     * From a source into a store.
     *
     * @param progress takes bytes of content as they are written
     */
    ShardWriter(Source source, ObjectStore store, ShardFormat format, LongConsumer progress) {
        this.source = source;
        this.store = store;
        this.format = format;
        this.layout = Layout.of(format);
        this.progress = progress;
        this.part = ShardOutput.room(store);
    }

    /** A piece as it is written: bytes, or a range of a file with a place in the buffer. */
    private sealed interface Step {
        @SuppressWarnings("ArrayRecordComponent") // made, written and forgotten
        record Bytes(byte[] bytes) implements Step {}

        record Range(Sample.Member member, long offset, ByteBuffer place) implements Step {}

        record MemberBegins(Sample.Member member) implements Step {}

        record MemberEnds(Sample.Member member) implements Step {}

        record RecordBegins() implements Step {}

        record SumBegins() implements Step {}

        record Sum() implements Step {}
    }

    /** Writes a shard and its index. */
    ShardIndex write(ShardPlan plan) throws StoreException, InterruptedException {
        try (ShardOutput out = new ShardOutput(store, plan.name(), part)) {
            Run run = new Run(out);
            for (Sample sample : plan.samples()) {
                run.sample(sample);
            }
            run.flush();
            out.write(ByteBuffer.allocate(layout.endBytes()));
            if (out.position() != plan.sizeBytes()) {
                throw new IllegalStateException(
                        plan.name() + " has " + out.position() + " bytes, planned were " + plan.sizeBytes());
            }
            long size = out.position();
            String sha256 = out.complete();
            ShardIndex index = new ShardIndex(
                    plan.name(),
                    format,
                    size,
                    sha256,
                    plan.digest(format),
                    plan.samples().size(),
                    run.members);
            store.put(
                    plan.name() + ShardIndex.EXTENSION,
                    ByteBuffer.wrap(index.text()),
                    dev.leat.store.PutCondition.ALWAYS);
            return index;
        }
    }

    /** One shard. */
    private final class Run {
        private final ShardOutput out;
        private final List<ShardIndex.Member> members = new ArrayList<>();
        private final List<Step> steps = new ArrayList<>();
        private final CRC32C memberSum = new CRC32C();
        private final CRC32C recordSum = new CRC32C();
        private boolean summing;
        private long memberBegin;
        private long recordBegin;
        private int used;

        Run(ShardOutput out) {
            this.out = out;
        }

        void sample(Sample sample) throws StoreException, InterruptedException {
            List<Piece> pieces = new ArrayList<>();
            layout.pieces(sample, pieces::add);
            boolean tar = format == ShardFormat.WEBDATASET;
            if (!tar) {
                steps.add(new Step.RecordBegins());
            }
            for (Piece piece : pieces) {
                switch (piece) {
                    case Piece.Literal literal -> {
                        if (tar && literal.bytes().length >= Tar.BLOCK_BYTES) {
                            steps.add(new Step.RecordBegins());
                        }
                        steps.add(new Step.Bytes(literal.bytes()));
                    }
                    case Piece.Content content -> content(content.member());
                    case Piece.SumBegins _ -> steps.add(new Step.SumBegins());
                    case Piece.Sum _ -> steps.add(new Step.Sum());
                }
            }
            if (used >= BATCH_BYTES || steps.size() >= BATCH_PIECES) {
                flush();
            }
        }

        private void content(Sample.Member member) throws StoreException, InterruptedException {
            steps.add(new Step.MemberBegins(member));
            long size = member.facts().sizeBytes();
            for (long offset = 0; offset < size; ) {
                if (used >= BATCH_BYTES) {
                    flush();
                }
                int length = (int) Math.min(size - offset, RANGE_BYTES);
                steps.add(new Step.Range(member, offset, room.slice(used, length)));
                used += length;
                offset += length;
            }
            steps.add(new Step.MemberEnds(member));
        }

        void flush() throws StoreException, InterruptedException {
            List<Step.Range> ranges = steps.stream()
                    .filter(Step.Range.class::isInstance)
                    .map(Step.Range.class::cast)
                    .toList();
            Parallel.each(ranges, FETCHES, range -> {
                try {
                    source.read(range.member.path(), range.member.facts(), range.offset, range.place);
                } catch (StoreException e) {
                    throw e.kind() == Kind.PRECONDITION_FAILED
                            ? new StoreException(
                                    Kind.PRECONDITION_FAILED,
                                    range.member.path() + " in " + source.location()
                                            + " changed while it was packed; pack again",
                                    e)
                            : e;
                }
            });
            for (Step step : steps) {
                write(step);
            }
            steps.clear();
            used = 0;
        }

        private void write(Step step) throws StoreException {
            switch (step) {
                case Step.Bytes literal -> bytes(ByteBuffer.wrap(literal.bytes));
                case Step.Range range -> {
                    ByteBuffer content = range.place.flip();
                    memberSum.update(content.duplicate());
                    progress.accept(content.remaining());
                    bytes(content);
                }
                case Step.MemberBegins _ -> {
                    memberBegin = out.position();
                    memberSum.reset();
                }
                case Step.MemberEnds ended ->
                    members.add(new ShardIndex.Member(
                            ended.member.path(),
                            memberBegin,
                            ended.member.facts().sizeBytes(),
                            (int) memberSum.getValue(),
                            recordBegin));
                case Step.RecordBegins _ -> recordBegin = out.position();
                case Step.SumBegins _ -> {
                    recordSum.reset();
                    summing = true;
                }
                case Step.Sum _ -> {
                    summing = false;
                    ByteBuffer sum = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                    sum.putInt(0, RecordLayout.masked((int) recordSum.getValue()));
                    bytes(sum);
                }
            }
        }

        private void bytes(ByteBuffer bytes) throws StoreException {
            if (summing) {
                recordSum.update(bytes.duplicate());
            }
            out.write(bytes);
        }
    }
}
