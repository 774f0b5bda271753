package dev.leat.cli.watch;

import dev.leat.cache.ByteSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One picture of what a mount does just now: the machine, the kernel's requests, where reads come from, tiers, store, metadata. */
public final class TopScreen {
    private static final int REQUESTS_SHOWN = 8;
    private static final int BAR = 20;
    private static final String BOLD = "\u001b[1m";
    private static final String CYAN = "\u001b[36m";
    private static final String PLAIN = "\u001b[0m";

    private final String where;
    private final boolean colors;
    private final List<String> lines = new ArrayList<>();

    public TopScreen(String where, boolean colors) {
        this.where = where;
        this.colors = colors;
    }

    /** The picture of an interval, as lines. */
    public List<String> draw(Interval interval) {
        lines.clear();
        head(interval);
        Profile profile = new Profile(interval);
        requests(interval, profile);
        reads(interval, profile);
        tiers(interval);
        below(interval, profile);
        return List.copyOf(lines);
    }

    private void head(Interval i) {
        lines.add(bold("leat top") + "  " + where + "  up " + age(i.now("leat_uptime_seconds")));
        lines.add("cpu %.0f %%   memory %s   buffers %s of %s   open files %.0f   requests waiting %.0f"
                .formatted(
                        i.grown("process_cpu_time_ns_total", "") / 1e7 / i.seconds(),
                        size(i.now("leat_process_resident_bytes")),
                        size(i.now("leat_buffer_used_bytes")),
                        size(i.now("leat_buffer_limit_bytes")),
                        i.now("leat_open_files"),
                        i.now("leat_fuse_requests_in_flight")));
        lines.add("unpublished %s in %.0f files, the oldest for %s"
                .formatted(
                        size(i.now("leat_unpublished_bytes")),
                        i.now("leat_unpublished_files"),
                        age(i.now("leat_unpublished_seconds"))));
    }

    private void requests(Interval i, Profile profile) {
        title("%-16s %10s %9s %10s  %s".formatted("kernel", "requests/s", "mean ms", "bytes/s", "waiting at a time"));
        List<Profile.Row> rows = profile.requests();
        for (Profile.Row row : rows.subList(0, Math.min(REQUESTS_SHOWN, rows.size()))) {
            double busy = row.seconds() / i.seconds();
            lines.add("  %-14s %10s %9.2f %10s  %s %.2f"
                    .formatted(
                            row.name(),
                            count(row.count() / i.seconds()),
                            row.meanMs(),
                            row.bytes() == 0 ? "" : size(row.bytes() / i.seconds()),
                            bar(Math.min(1, busy / 4)),
                            busy));
        }
        none(rows.isEmpty());
    }

    private void reads(Interval i, Profile profile) {
        title("%-16s %10s %9s".formatted("reads from", "bytes/s", "share"));
        Map<String, Long> reads = profile.reads();
        long all = reads.values().stream().mapToLong(Long::longValue).sum();
        reads.forEach((from, bytes) -> lines.add("  %-14s %10s %7.0f %%  %s"
                .formatted(from, size(bytes / i.seconds()), 100.0 * bytes / all, bar((double) bytes / all))));
        none(reads.isEmpty());
    }

    private void tiers(Interval i) {
        title("%-16s %10s %9s %10s %10s".formatted("cache", "used", "of", "filled/s", "evicted/s"));
        boolean first = true;
        for (String tier : i.labels("leat_cache_used_bytes", "tier")) {
            String label = "tier=\"" + tier + "\"";
            double used = i.now("leat_cache_used_bytes", label);
            double limit = i.now("leat_cache_limit_bytes", label);
            // Fills and evictions are counted for all tiers together.
            lines.add("  %-14s %10s %9s %10s %10s  %s"
                    .formatted(
                            tier,
                            size(used),
                            size(limit),
                            first ? size(i.rate("leat_cache_filled_bytes_total", "")) : "",
                            first ? size(i.rate("leat_cache_evicted_bytes_total", "")) : "",
                            bar(limit == 0 ? 0 : used / limit)));
            first = false;
        }
        none(first);
    }

    private void below(Interval i, Profile profile) {
        title("%-16s %10s %9s %10s".formatted("below", "calls/s", "mean ms", "bytes/s"));
        List<Profile.Row> rows = profile.below();
        for (Profile.Row row : rows) {
            lines.add("  %-14s %10s %9.2f %10s"
                    .formatted(
                            row.name(),
                            count(row.count() / i.seconds()),
                            row.meanMs(),
                            row.bytes() == 0 ? "" : size(row.bytes() / i.seconds())));
        }
        none(rows.isEmpty());
        double retries = i.rate("leat_store_retries_total", "");
        if (retries > 0) {
            lines.add("  the store's requests are tried again: %.1f a second".formatted(retries));
        }
    }

    private void title(String text) {
        lines.add("");
        lines.add(colors ? CYAN + text + PLAIN : text);
    }

    private void none(boolean empty) {
        if (empty) {
            lines.add("  none");
        }
    }

    private String bold(String text) {
        return colors ? BOLD + text + PLAIN : text;
    }

    private static String bar(double share) {
        int full = (int) Math.round(Math.clamp(share, 0, 1) * BAR);
        return "█".repeat(full) + "·".repeat(BAR - full);
    }

    private static String size(double bytes) {
        return ByteSize.format(Math.round(bytes));
    }

    private static String count(double perSecond) {
        return String.format(Locale.ROOT, perSecond < 100 ? "%,.1f" : "%,.0f", perSecond);
    }

    private static String age(double seconds) {
        long whole = Math.round(seconds);
        return whole < 60
                ? whole + " s"
                : whole < 3600
                        ? "%d m %02d s".formatted(whole / 60, whole % 60)
                        : "%d h %02d m".formatted(whole / 3600, whole / 60 % 60);
    }
}
