package dev.leat.dataset.shard;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * What one shard is to hold.
 *
 * @param name the shard's, with its extension
 * @param samples in order
 * @param sizeBytes its length
 */
record ShardPlan(String name, List<Sample> samples, long sizeBytes) {
    /** Files in it. */
    int files() {
        return samples.stream().mapToInt(sample -> sample.members().size()).sum();
    }

    /** Bytes of its files. */
    long contentBytes() {
        return samples.stream()
                .flatMap(sample -> sample.members().stream())
                .mapToLong(member -> member.facts().sizeBytes())
                .sum();
    }

    /** The same for the same files in the same versions: what was packed by this plan need not be packed again. */
    String digest(ShardFormat format) {
        MessageDigest digest = sha256();
        update(digest, format.word());
        ByteBuffer size = ByteBuffer.allocate(Long.BYTES);
        for (Sample sample : samples) {
            for (Sample.Member member : sample.members()) {
                update(digest, member.path());
                digest.update(size.putLong(0, member.facts().sizeBytes()).array());
                update(digest, String.valueOf(member.facts().validator()));
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void update(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
