package dev.leat.cli.mount;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.cli.mount.WarmupPiece.Range;
import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Ranges of files are joined to pieces, and no byte is counted that is no file's. */
class WarmupPieceTest {
    private static final Blob A = blob(1);
    private static final Blob B = blob(2);

    private static Blob blob(long number) {
        return new Blob(new BlobId(7, number), "key-" + number, 1L << 30, null);
    }

    @Test
    void membersOfAPackAreOneFetchAndPaddingIsNoFilesByte() {
        List<WarmupPiece> pieces = WarmupPiece.of(
                List.of(new Range(A, 8192, 5000), new Range(A, 0, 5000), new Range(B, 0, 10), new Range(A, 16384, 1)));
        assertThat(pieces)
                .containsExactly(
                        new WarmupPiece(
                                A,
                                0,
                                16385,
                                List.of(new Range(A, 0, 5000), new Range(A, 8192, 5000), new Range(A, 16384, 1))),
                        new WarmupPiece(B, 0, 10, List.of(new Range(B, 0, 10))));
        assertThat(pieces.getFirst().fileBytes()).isEqualTo(10_001);
    }

    @Test
    void farNeighboursAreFetchedApart() {
        assertThat(WarmupPiece.of(List.of(new Range(A, 0, 1000), new Range(A, 1000 + 4096, 1000))))
                .hasSize(2);
    }

    @Test
    void bytesOfTwoFilesCountForBothAndAreCoveredOnce() {
        WarmupPiece piece = WarmupPiece.of(List.of(new Range(A, 0, 100), new Range(A, 50, 100)))
                .getFirst();
        assertThat(piece.fileBytes()).isEqualTo(200);
        assertThat(piece.covered()).containsExactly(new Range(A, 0, 150));
    }

    @Test
    void whateverTheRangesEachByteIsInAPieceAndNoPieceIsTooLong() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 200; round++) {
            List<Range> ranges = new ArrayList<>();
            for (int i = random.nextInt(1, 20); i > 0; i--) {
                long length = random.nextBoolean() ? random.nextLong(1, 10_000) : random.nextLong(1, 50L << 20);
                ranges.add(new Range(random.nextBoolean() ? A : B, random.nextLong(1L << 27), length));
            }
            List<WarmupPiece> pieces = WarmupPiece.of(ranges);
            assertThat(pieces.stream().mapToLong(WarmupPiece::fileBytes).sum())
                    .as("seed %d", seed)
                    .isEqualTo(ranges.stream().mapToLong(Range::length).sum());
            for (WarmupPiece piece : pieces) {
                assertThat(piece.length()).as("seed %d", seed).isBetween(1L, WarmupPiece.PIECE_BYTES);
                assertThat(piece.wanted()).as("seed %d", seed).allSatisfy(range -> {
                    assertThat(range.blob()).isEqualTo(piece.blob());
                    assertThat(range.offset()).isGreaterThanOrEqualTo(piece.offset());
                    assertThat(range.offset() + range.length()).isLessThanOrEqualTo(piece.offset() + piece.length());
                });
                assertThat(piece.covered().stream().mapToLong(Range::length).sum())
                        .as("seed %d", seed)
                        .isLessThanOrEqualTo(Math.min(piece.length(), piece.fileBytes()));
            }
        }
    }
}
