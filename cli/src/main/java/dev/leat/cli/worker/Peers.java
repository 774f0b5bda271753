package dev.leat.cli.worker;

import dev.leat.cache.BlobSource;
import dev.leat.cli.metrics.Metric;
import dev.leat.cli.metrics.Samples;
import dev.leat.cli.option.WorkerFlags;
import dev.leat.worker.client.Membership;
import dev.leat.worker.client.Outcome;
import dev.leat.worker.client.PeerGroup;
import dev.leat.worker.client.PeerOptions;
import dev.leat.worker.client.PeerSnapshot;
import dev.leat.worker.client.PeerSource;
import dev.leat.worker.wire.Token;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The workers of a mount: how they are asked, and what the mount tells of them. */
public final class Peers {
    private Peers() {}

    /**
     * The source that asks workers first, as the options have it.
     *
     * @param store where bytes are read that they do not give
     * @return null if no workers are named
     */
    public static @Nullable PeerSource open(String identity, WorkerFlags flags, BlobSource store) throws IOException {
        List<String> members = flags.workers();
        return members.isEmpty()
                ? null
                : new PeerSource(identity, Membership.fixed(members), PeerOptions.of(flags.token()), store);
    }

    /** The workers, to be asked before each of several sources; null if none are named. */
    public static @Nullable PeerGroup open(WorkerFlags flags) throws IOException {
        List<String> members = flags.workers();
        return members.isEmpty() ? null : new PeerGroup(Membership.fixed(members), PeerOptions.of(flags.token()));
    }

    /** Workers that change, to be asked before each of several sources. */
    public static PeerGroup open(Token token, Membership members) throws IOException {
        return new PeerGroup(members, PeerOptions.of(token));
    }

    /** Bytes that they gave. */
    public static long servedBytes(@Nullable PeerGroup peers) {
        return peers == null
                ? 0
                : peers.workers().stream().mapToLong(PeerSnapshot::servedBytes).sum();
    }

    /** What {@code leat status} shows of them. */
    public static List<Object> facts(@Nullable PeerSource peers) {
        return facts(peers == null ? null : peers.group());
    }

    /** The same of workers that are asked for several sources. */
    public static List<Object> facts(@Nullable PeerGroup peers) {
        List<Object> all = new ArrayList<>();
        if (peers == null) {
            return all;
        }
        for (PeerSnapshot worker : peers.workers()) {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("worker", worker.member());
            facts.put("asked", worker.asked());
            facts.put("trouble", worker.trouble());
            facts.put("servedBytes", worker.servedBytes());
            worker.outcomes().forEach((outcome, count) -> facts.put(name(outcome), count));
            all.add(facts);
        }
        return all;
    }

    /** Samples what they did. */
    public static void samples(Samples to, @Nullable PeerSource peers) {
        samples(to, peers == null ? null : peers.group());
    }

    /** The same of workers that are asked for several sources. */
    public static void samples(Samples to, @Nullable PeerGroup peers) {
        if (peers == null) {
            return;
        }
        for (PeerSnapshot worker : peers.workers()) {
            worker.outcomes()
                    .forEach((outcome, count) -> to.add(Metric.PEER_READS, count, worker.member(), name(outcome)));
            to.add(Metric.PEER_BYTES, worker.servedBytes(), worker.member());
            to.add(Metric.PEER_ASKED, worker.asked() ? 1 : 0, worker.member());
        }
    }

    private static String name(Outcome outcome) {
        return outcome.name().toLowerCase(Locale.ROOT);
    }
}
