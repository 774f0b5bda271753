package dev.leat.worker.client;

import dev.leat.store.BlobId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Who owns a block: the worker with the highest score for it (rendezvous hashing). So when a worker comes or goes, only blocks
 * that it owns change hands.
 */
final class Owners {
    private Owners() {}

    /**
     * The owner of a block.
     *
     * @param members at least one
     */
    static String of(List<String> members, BlobId blob, int block) {
        String best = members.getFirst();
        long most = Long.MIN_VALUE;
        for (String member : members) {
            long score = score(member, blob, block);
            // Two names never have one score by chance, but the order of the list must not matter even then.
            if (score > most || (score == most && member.compareTo(best) < 0)) {
                most = score;
                best = member;
            }
        }
        return best;
    }

    private static long score(String member, BlobId blob, int block) {
        CRC32C name = new CRC32C();
        name.update(member.getBytes(StandardCharsets.UTF_8));
        long h = mix(blob.session()) ^ mix(blob.sequence() + 0x9E3779B97F4A7C15L) ^ mix(block + 0xD1B54A32D192ED03L);
        return mix(mix(h) + name.getValue() * 0x9E3779B97F4A7C15L);
    }

    /** The finalizer of SplitMix64: every bit of the input moves every bit of the output. */
    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
