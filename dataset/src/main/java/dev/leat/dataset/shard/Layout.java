package dev.leat.dataset.shard;

import java.util.function.Consumer;

/** Where the samples of a shard lie in it; for the same samples always the same. */
interface Layout {
    /** The layout of a format. */
    static Layout of(ShardFormat format) {
        return switch (format) {
            case WEBDATASET -> new TarLayout();
            case TFRECORD -> new RecordLayout();
        };
    }

    /** What a sample takes in a shard, in bytes. */
    long sizeBytes(Sample sample);

    /** What ends a shard, in bytes. */
    int endBytes();

    /** Gives the pieces of a sample. */
    void pieces(Sample sample, Consumer<Piece> taker);
}
