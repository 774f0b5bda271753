package dev.leat.cli.watch;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Two moments of a mount's counters.
 *
 * @param before values by name with labels, as {@code leat stats} gives them
 * @param after the same, later
 * @param seconds time between the two
 */
public record Interval(Map<String, Object> before, Map<String, Object> after, double seconds) {
    private static double sum(Map<String, Object> samples, String name, String label, String but) {
        double sum = 0;
        for (Map.Entry<String, Object> sample : samples.entrySet()) {
            String key = sample.getKey();
            boolean named = key.equals(name) || key.startsWith(name + "{");
            boolean wanted = key.contains(label) && (but.isEmpty() || !key.contains(but));
            if (named && wanted && sample.getValue() instanceof Number number) {
                sum += number.doubleValue();
            }
        }
        return sum;
    }

    /** The sum of a metric over all its labels at the end. */
    public double now(String name) {
        return now(name, "");
    }

    /** The sum of a metric at the end over what has a label, written as {@code tier="ssd"}; the empty text for all. */
    public double now(String name, String label) {
        return sum(after, name, label, "");
    }

    /** What a counter grew by, over what has a label. */
    public double grown(String name, String label) {
        return sum(after, name, label, "") - sum(before, name, label, "");
    }

    /** What a counter grew by, over what lacks a label. */
    public double grownBut(String name, String but) {
        return sum(after, name, "", but) - sum(before, name, "", but);
    }

    /** {@link #grown} for each second. */
    public double rate(String name, String label) {
        return grown(name, label) / seconds;
    }

    /** Mean of a histogram's seconds, in milliseconds; 0 where nothing happened. */
    public double latencyMs(String name, String label) {
        double count = grown(name + "_count", label);
        return count <= 0 ? 0 : grown(name + "_sum", label) / count * 1e3;
    }

    /** The values that a label of a metric has. */
    public Set<String> labels(String name, String label) {
        Pattern form = Pattern.compile(Pattern.quote(name) + "\\{(?:.*,)?" + Pattern.quote(label) + "=\"([^\"]*)\".*");
        Set<String> values = new TreeSet<>();
        for (String key : after.keySet()) {
            Matcher matcher = form.matcher(key);
            if (matcher.matches()) {
                values.add(matcher.group(1));
            }
        }
        return values;
    }
}
