package dev.leat.kube.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What Leat makes of each field of each kind. The table is the resource {@code support.txt}; the documentation is made from it, and
 * so are the warnings about fields that have no effect.
 */
public final class Support {
    /** What becomes of a field. */
    public enum Level {
        /** It does what Fluid's documentation says. */
        SERVED,
        /** Leat has another way to the same end. */
        TRANSLATED,
        /** It has no effect; whoever sets it is told by an event. */
        WARNED
    }

    /**
     * What becomes of a field and all below it.
     *
     * @param path names with dots between; lists and maps are passed through
     * @param level what becomes of it
     * @param note in one line
     */
    public record Entry(String path, Level level, String note) {}

    private static final Map<String, List<Entry>> TABLE = read();

    private Support() {}

    /** The entries of all kinds, in the order of the documentation. */
    public static Map<String, List<Entry>> table() {
        return TABLE;
    }

    private static Map<String, List<Entry>> read() {
        Map<String, List<Entry>> table = new LinkedHashMap<>();
        try (InputStream in = Support.class.getResourceAsStream("support.txt")) {
            if (in == null) {
                throw new IllegalStateException("support.txt is missing beside " + Support.class.getName());
            }
            BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            List<Entry> entries = new ArrayList<>();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith("[")) {
                    entries = new ArrayList<>();
                    for (String kind : line.substring(1, line.length() - 1).split(" ")) {
                        table.put(kind, entries);
                    }
                } else if (!line.isBlank() && !line.startsWith("#")) {
                    String[] parts = line.split("\\|", 3);
                    entries.add(new Entry(parts[0].strip(), Level.valueOf(parts[1].strip()), parts[2].strip()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return table;
    }

    /** What becomes of a field: what the longest path says that leads to it. */
    public static @Nullable Entry of(String kind, String path) {
        Entry best = null;
        for (Entry entry : TABLE.getOrDefault(kind, List.of())) {
            boolean leads = path.equals(entry.path()) || path.startsWith(entry.path() + ".");
            if (leads && (best == null || entry.path().length() > best.path().length())) {
                best = entry;
            }
        }
        return best;
    }

    /** The fields of an object that have no effect, in order. */
    public static List<String> withoutEffect(String kind, JsonNode object) {
        Set<String> found = new TreeSet<>();
        JsonNode spec = object.get("spec");
        if (spec != null) {
            collect(kind, "spec", spec, found);
        }
        return List.copyOf(found);
    }

    private static void collect(String kind, String path, JsonNode node, Set<String> found) {
        Entry entry = of(kind, path);
        if (entry != null && entry.level() == Level.WARNED && entry.path().equals(path)) {
            if (!isDefault(node)) {
                found.add(path);
            }
        } else if (node.isArray()) {
            node.forEach(item -> collect(kind, path, item, found));
        } else {
            node.properties().forEach(field -> collect(kind, path + "." + field.getKey(), field.getValue(), found));
        }
    }

    /** Says nothing: empty, or off. */
    private static boolean isDefault(JsonNode node) {
        return node.isNull()
                || (node.isContainerNode() && node.isEmpty())
                || (node.isTextual() && node.asText().isEmpty())
                || (node.isBoolean() && !node.asBoolean());
    }
}
