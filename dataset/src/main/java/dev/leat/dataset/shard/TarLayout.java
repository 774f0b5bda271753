package dev.leat.dataset.shard;

import java.util.function.Consumer;

/** A tar file: each file of a sample under its path. */
final class TarLayout implements Layout {
    @Override
    public long sizeBytes(Sample sample) {
        long bytes = 0;
        for (Sample.Member member : sample.members()) {
            long size = member.facts().sizeBytes();
            bytes += Tar.header(member.path(), size).length + size + Tar.padding(size);
        }
        return bytes;
    }

    @Override
    public int endBytes() {
        return Tar.END_BYTES;
    }

    @Override
    public void pieces(Sample sample, Consumer<Piece> taker) {
        for (Sample.Member member : sample.members()) {
            long size = member.facts().sizeBytes();
            taker.accept(new Piece.Literal(Tar.header(member.path(), size)));
            taker.accept(new Piece.Content(member));
            taker.accept(new Piece.Literal(new byte[Tar.padding(size)]));
        }
    }
}
