package dev.leat.dataset.shard;

/** What a shard consists of, in order. */
sealed interface Piece {
    /** Bytes that the format puts there. */
    @SuppressWarnings("ArrayRecordComponent") // made, written and forgotten
    record Literal(byte[] bytes) implements Piece {}

    /** The bytes of a file. */
    record Content(Sample.Member member) implements Piece {}

    /** From here on bytes count into a record's checksum. */
    record SumBegins() implements Piece {}

    /** The record's checksum, masked, in four bytes. */
    record Sum() implements Piece {}
}
