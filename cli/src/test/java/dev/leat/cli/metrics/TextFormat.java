package dev.leat.cli.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A strict reader of Prometheus' text format 0.0.4: HELP and TYPE once before the samples of each family, families in one
 * piece, no sample twice, names and labels spelled as they must be, buckets that add up.
 */
final class TextFormat {
    private static final Pattern COMMENT = Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)");
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\\n]|\\\\[\\\\\"n])*)\"(?:,|$)");
    private static final Pattern NUMBER = Pattern.compile("[+-]Inf|NaN|-?[0-9]+(\\.[0-9]+)?(E-?[0-9]+)?");

    private final Map<String, String> types = new LinkedHashMap<>();
    private final Map<String, String> helps = new HashMap<>();
    private final Map<String, Double> samples = new LinkedHashMap<>();
    private final Map<String, List<Double>> buckets = new LinkedHashMap<>();
    private final Set<String> closed = new HashSet<>();
    private String family = "";

    private TextFormat() {}

    static TextFormat parse(String text) {
        TextFormat format = new TextFormat();
        if (!text.endsWith("\n")) {
            throw new AssertionError("the last line does not end");
        }
        text.lines().forEach(format::line);
        format.buckets.forEach(format::checkBuckets);
        return format;
    }

    /** Families and their types. */
    Map<String, String> types() {
        return types;
    }

    /** Values by name with labels, as they stand there. */
    Map<String, Double> samples() {
        return samples;
    }

    private void line(String line) {
        if (line.startsWith("#")) {
            comment(line);
            return;
        }
        Matcher sample = SAMPLE.matcher(line);
        if (!sample.matches() || !NUMBER.matcher(sample.group(3)).matches()) {
            throw new AssertionError("no sample: " + line);
        }
        String name = sample.group(1);
        if (!familyOf(name).equals(family)) {
            throw new AssertionError("a sample outside of its family " + family + ": " + line);
        }
        List<String> labels = labels(sample.group(2) == null ? "" : sample.group(2), line);
        if (samples.put(line.substring(0, line.lastIndexOf(' ')), number(sample.group(3))) != null) {
            throw new AssertionError("twice: " + line);
        }
        if (name.endsWith("_bucket")) {
            labels.removeIf(label -> label.startsWith("le="));
            buckets.computeIfAbsent(family + "{" + String.join(",", labels) + "}", _ -> new ArrayList<>())
                    .add(number(sample.group(3)));
        }
    }

    private void comment(String line) {
        Matcher comment = COMMENT.matcher(line);
        if (!comment.matches()) {
            throw new AssertionError("neither HELP nor TYPE: " + line);
        }
        String name = comment.group(2);
        if (!name.equals(family)) {
            closed.add(family);
            family = name;
            if (closed.contains(name)) {
                throw new AssertionError("the family is in two pieces: " + line);
            }
        }
        Map<String, String> into = comment.group(1).equals("HELP") ? helps : types;
        if (into.put(name, comment.group(3)) != null) {
            throw new AssertionError("twice: " + line);
        }
        if (comment.group(1).equals("TYPE") && !comment.group(3).matches("counter|gauge|histogram|summary|untyped")) {
            throw new AssertionError("no type: " + line);
        }
        if (comment.group(1).equals("HELP") && comment.group(3).isBlank()) {
            throw new AssertionError("no help: " + line);
        }
    }

    private String familyOf(String name) {
        if (types.getOrDefault(family, "").matches("histogram|summary")) {
            return name.replaceAll("_(bucket|sum|count)$", "");
        }
        if (!types.containsKey(name) || !helps.containsKey(name)) {
            throw new AssertionError("without HELP and TYPE: " + name);
        }
        return name;
    }

    private static List<String> labels(String text, String line) {
        List<String> labels = new ArrayList<>();
        Set<String> names = new HashSet<>();
        Matcher label = LABEL.matcher(text);
        int at = 0;
        while (at < text.length()) {
            if (!label.find(at) || label.start() != at || !names.add(label.group(1))) {
                throw new AssertionError("labels that cannot be read: " + line);
            }
            labels.add(label.group(1) + "=\"" + label.group(2) + "\"");
            at = label.end();
        }
        return labels;
    }

    private static double number(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    private void checkBuckets(String name, List<Double> counts) {
        for (int i = 1; i < counts.size(); i++) {
            if (counts.get(i) < counts.get(i - 1)) {
                throw new AssertionError(name + " has buckets that fall: " + counts);
            }
        }
        String count = name.replace("{", "_count{").replace("{}", "");
        if (!counts.getLast().equals(samples.get(count))) {
            throw new AssertionError(name + " has a last bucket that is not its count " + samples.get(count));
        }
    }
}
