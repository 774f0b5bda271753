package dev.leat.kube.model;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Properties of Alluxio's and options of JuiceFS's that Leat has an option for, and Leat's own under {@code leat.}. */
public final class EngineProperties {
    private static final String OWN = "leat.";

    /** Options of a dataset's mount that a runtime may set. */
    static final Set<String> MOUNT = Set.of(
            "download-limit",
            "request-limit",
            "requests-in-flight",
            "request-timeout",
            "freshness",
            "passthrough",
            "log-level",
            "file-mode",
            "dir-mode");

    /** Those of them that a worker has as well. */
    static final Set<String> WORKER = Set.of("log-level");

    /** JuiceFS spells it in Mbit/s; a size with a unit is taken as it is. */
    private static final Map<String, String> TRANSLATED = Map.of("download-limit", "download-limit");

    private EngineProperties() {}

    /** What is passed to daemons: the runtime's properties, then the component's. */
    static Map<String, String> options(Map<String, String> ofRuntime, Map<String, String> ofComponent) {
        Map<String, String> options = new TreeMap<>();
        for (Map<String, String> said : List.of(ofRuntime, ofComponent)) {
            said.forEach((name, value) -> {
                String option = option(name);
                if (!option.isEmpty()) {
                    options.put(option, name.startsWith(OWN) ? value : rate(value));
                }
            });
        }
        return options;
    }

    /** Those that have no effect, in order. */
    public static Set<String> unknown(Map<String, String> said) {
        Set<String> unknown = new TreeSet<>();
        for (String name : said.keySet()) {
            if (option(name).isEmpty()) {
                unknown.add(name);
            }
        }
        return unknown;
    }

    /** A rate in Mbit/s as bytes a second. */
    private static String rate(String value) {
        return value.matches("[0-9]{1,9}") ? Long.parseLong(value) * 1_000_000 / 8 + "B" : value;
    }

    private static String option(String name) {
        if (name.startsWith(OWN)) {
            String option = name.substring(OWN.length());
            return MOUNT.contains(option) ? option : "";
        }
        return TRANSLATED.getOrDefault(name, "");
    }
}
