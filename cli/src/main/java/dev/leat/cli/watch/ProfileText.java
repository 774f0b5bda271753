package dev.leat.cli.watch;

import dev.leat.cache.ByteSize;
import dev.leat.cli.output.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A profile for people and for programs. */
public final class ProfileText {
    private ProfileText() {}

    /** Tables and sentences. */
    public static String text(Profile profile, String where, double seconds) {
        StringBuilder text = new StringBuilder();
        text.append(where)
                .append(": the last ")
                .append(String.format(Locale.ROOT, "%.0f s", seconds))
                .append('\n');
        List<Profile.Row> requests = profile.requests();
        if (!requests.isEmpty()) {
            text.append('\n').append(table("request of the kernel", requests, seconds));
        }
        List<Profile.Row> below = profile.below();
        if (!below.isEmpty()) {
            text.append('\n').append(table("below, also in the background", below, seconds));
        }
        shares(text, "bytes of reads", profile.reads(), true);
        shares(text, "opens", profile.opens(), false);
        text.append('\n');
        profile.findings().forEach(finding -> text.append("- ").append(finding).append('\n'));
        return text.toString();
    }

    private static Table table(String title, List<Profile.Row> rows, double seconds) {
        double all = rows.stream().mapToDouble(Profile.Row::seconds).sum();
        Table table = new Table(title, "count", "per s", "time", "share", "mean", "bytes/s");
        for (Profile.Row row : rows) {
            table.row(
                    row.name(),
                    String.format(Locale.ROOT, "%,d", row.count()),
                    String.format(Locale.ROOT, "%,.1f", row.count() / seconds),
                    Profile.seconds(row.seconds()),
                    String.format(Locale.ROOT, "%.0f %%", 100 * row.seconds() / Math.max(all, 1e-9)),
                    String.format(Locale.ROOT, "%.2f ms", row.meanMs()),
                    row.bytes() == 0 ? "" : ByteSize.format(Math.round(row.bytes() / seconds)));
        }
        return table;
    }

    private static void shares(StringBuilder text, String title, Map<String, Long> parts, boolean bytes) {
        long all = parts.values().stream().mapToLong(Long::longValue).sum();
        if (all == 0) {
            return;
        }
        List<String> words = new ArrayList<>();
        parts.forEach((name, value) -> words.add("%s %s (%.0f %%)"
                .formatted(name, bytes ? ByteSize.format(value) : String.valueOf(value), 100.0 * value / all)));
        text.append('\n')
                .append(title)
                .append(": ")
                .append(String.join(", ", words))
                .append('\n');
    }

    /** The same as facts: times in seconds. */
    public static Map<String, Object> facts(Profile profile, double seconds) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("seconds", seconds);
        facts.put("requests", rows(profile.requests()));
        facts.put("below", rows(profile.below()));
        facts.put("readBytes", profile.reads());
        facts.put("opens", profile.opens());
        facts.put("findings", profile.findings());
        return facts;
    }

    private static List<Object> rows(List<Profile.Row> rows) {
        List<Object> list = new ArrayList<>();
        for (Profile.Row row : rows) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", row.name());
            one.put("count", row.count());
            one.put("seconds", row.seconds());
            one.put("bytes", row.bytes());
            list.add(one);
        }
        return list;
    }
}
