package dev.leat.dataset.shard;

import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Tries whether an index is of the shard beside it: by the length, and by what stands before a few members, since a shard may
 * have been replaced without its index.
 */
final class IndexProbe {
    private static final int MEMBERS = 4;

    private IndexProbe() {}

    static boolean fits(Source source, String shard, Facts facts, ShardIndex index) throws StoreException {
        if (facts.sizeBytes() != index.sizeBytes()) {
            return false;
        }
        List<ShardIndex.Member> members = index.members();
        for (ShardIndex.Member member : members) {
            long end = member.offset() + member.sizeBytes();
            if (member.offset() < 0 || member.sizeBytes() < 0 || end < 0 || end > index.sizeBytes()) {
                return false;
            }
        }
        int tried = Math.min(MEMBERS, members.size());
        for (int i = 0; i < tried; i++) {
            ShardIndex.Member member = members.get((int) ((long) (members.size() - 1) * i / Math.max(1, tried - 1)));
            if (!fits(source, shard, facts, index.format(), member)) {
                return false;
            }
        }
        return true;
    }

    private static boolean fits(Source source, String shard, Facts facts, ShardFormat format, ShardIndex.Member member)
            throws StoreException {
        boolean tar = format == ShardFormat.WEBDATASET;
        int length = tar ? Tar.BLOCK_BYTES : RecordLayout.HEAD_BYTES;
        // In a tar file the block right before the bytes, whatever extended headers stand before that.
        long at = tar ? member.offset() - length : member.record();
        if (at < 0 || at + length > facts.sizeBytes()) {
            return false;
        }
        ByteBuffer head = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        source.read(shard, facts, at, head);
        if (!tar) {
            CRC32C sum = new CRC32C();
            sum.update(head.array(), 0, Long.BYTES);
            return RecordLayout.masked((int) sum.getValue()) == head.getInt(Long.BYTES);
        }
        try {
            Tar.Header header = Tar.parse(head.array());
            boolean large = member.sizeBytes() >= 1L << 33;
            return header.isFile() && (large || header.sizeBytes() == member.sizeBytes());
        } catch (Tar.BadHeader e) {
            return false;
        }
    }
}
