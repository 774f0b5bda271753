package dev.leat.cli.watch;

import dev.leat.cache.ByteSize;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a mount's time went to in an interval: the kernel's requests by the time that programs waited for them, what they waited
 * for below, where the bytes of reads came from, and what follows from that.
 */
public final class Profile {
    /** Below this share of the time a cause is not worth a sentence. */
    private static final double SHARE_LEAST = 0.2;

    private final Interval interval;

    /**
     * Something that took time.
     *
     * @param name what
     * @param count how often
     * @param seconds time of all together, which may be more than went by: many wait at the same time
     * @param bytes bytes moved; 0 where none are
     */
    public record Row(String name, long count, double seconds, long bytes) {
        double meanMs() {
            return count == 0 ? 0 : seconds / count * 1e3;
        }
    }

    public Profile(Interval interval) {
        this.interval = interval;
    }

    /** The kernel's requests, those that took most time first. */
    public List<Row> requests() {
        List<Row> rows = new ArrayList<>();
        for (String op : interval.labels("leat_fuse_request_seconds_count", "op")) {
            String metric = op.equals("read")
                    ? "leat_fuse_read_bytes_total"
                    : op.equals("write") ? "leat_fuse_written_bytes_total" : "";
            add(rows, op, "leat_fuse_request_seconds", "op=\"" + op + "\"", metric, "");
        }
        return sorted(rows);
    }

    /** Calls of the store and the metadata engine, those that took most time first; waiting for news is no work. */
    public List<Row> below() {
        List<Row> rows = new ArrayList<>();
        for (String op : interval.labels("leat_store_request_seconds_count", "op")) {
            String label = "op=\"" + op + "\"";
            add(rows, "store " + op, "leat_store_request_seconds", label, "leat_store_bytes_total", label);
        }
        for (String op : interval.labels("leat_meta_call_seconds_count", "op")) {
            if (!op.equals("feed")) {
                add(rows, "metadata " + op, "leat_meta_call_seconds", "op=\"" + op + "\"", "", "");
            }
        }
        return sorted(rows);
    }

    private void add(List<Row> rows, String name, String histogram, String label, String bytes, String bytesLabel) {
        long count = Math.round(interval.grown(histogram + "_count", label));
        if (count > 0) {
            long moved = bytes.isEmpty() ? 0 : Math.round(interval.grown(bytes, bytesLabel));
            rows.add(new Row(name, count, interval.grown(histogram + "_sum", label), moved));
        }
    }

    private static List<Row> sorted(List<Row> rows) {
        rows.sort(Comparator.comparingDouble(Row::seconds).reversed());
        return rows;
    }

    /** Where the bytes of reads that reached the daemon came from, in bytes. */
    public Map<String, Long> reads() {
        Map<String, Long> from = new LinkedHashMap<>();
        for (String tier : interval.labels("leat_cache_hit_bytes_total", "tier")) {
            from.put(
                    "cache " + tier, Math.round(interval.grown("leat_cache_hit_bytes_total", "tier=\"" + tier + "\"")));
        }
        from.put("store", Math.round(interval.grown("leat_cache_miss_bytes_total", "")));
        from.values().removeIf(bytes -> bytes == 0);
        return from;
    }

    /** Opens of files by how they were served. */
    public Map<String, Long> opens() {
        Map<String, Long> opens = new LinkedHashMap<>();
        for (String path : interval.labels("leat_opens_total", "path")) {
            long count = Math.round(interval.grown("leat_opens_total", "path=\"" + path + "\""));
            if (count > 0) {
                opens.put(path, count);
            }
        }
        return opens;
    }

    /** What follows, a sentence each. */
    public List<String> findings() {
        List<String> findings = new ArrayList<>();
        List<Row> requests = requests();
        double waited = requests.stream().mapToDouble(Row::seconds).sum();
        if (waited == 0) {
            findings.add("the kernel asked for nothing: what programs read or looked up, it had");
            return findings;
        }
        Row first = requests.getFirst();
        findings.add("programs waited %s in all, %.0f %% of it for %s"
                .formatted(seconds(waited), 100 * first.seconds() / waited, first.name()));
        fromStore(findings);
        long kept = grown("leat_cache_passed_by_bytes_total");
        if (kept > 0) {
            findings.add(ByteSize.format(kept)
                    + " were read and not kept, for want of room in the cache: a larger --cache-size keeps them");
        }
        if (grown("leat_buffer_waits_total") > 0) {
            findings.add(grown("leat_buffer_waits_total")
                    + " requests waited for memory: a larger --memory lets more go on at the same time");
        }
        if (grown("leat_store_retries_total") > 0) {
            findings.add(grown("leat_store_retries_total")
                    + " requests to the store were tried again: it fails or throttles; see leat_store_failures_total");
        }
        if (grown("leat_meta_conflicts_total") > SHARE_LEAST * grown("leat_meta_commits_total")
                && grown("leat_meta_conflicts_total") > 0) {
            findings.add(grown("leat_meta_conflicts_total")
                    + " commits of metadata had to be decided again: several clients change the same names");
        }
        if (grown("leat_publication_failures_total") > 0) {
            findings.add(grown("leat_publication_failures_total")
                    + " files could not be published and are tried again; the log says why");
        }
        return findings;
    }

    private void fromStore(List<String> findings) {
        Map<String, Long> reads = reads();
        long all = reads.values().stream().mapToLong(Long::longValue).sum();
        long store = reads.getOrDefault("store", 0L);
        if (all > 0 && store > SHARE_LEAST * all) {
            findings.add("%.0f %% of the bytes read came from the store: 'leat warmup' fetches them ahead of need"
                    .formatted(100.0 * store / all));
        }
    }

    private long grown(String name) {
        return Math.round(interval.grown(name, ""));
    }

    /** A time for people. */
    static String seconds(double seconds) {
        return seconds >= 10
                ? String.format(Locale.ROOT, "%,.0f s", seconds)
                : seconds >= 0.1
                        ? String.format(Locale.ROOT, "%.2f s", seconds)
                        : String.format(Locale.ROOT, "%.2f ms", seconds * 1e3);
    }
}
