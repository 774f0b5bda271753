package dev.leat.cli.option;

import dev.leat.cli.CliException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * A YAML file that says which sources a mount shows.
 *
 * @param name what the whole is called; null if it has no name
 * @param sources the sources
 */
public record TreeFile(@Nullable String name, List<SourceSpec> sources) {
    private static final Set<String> FIELDS = Set.of("name", "mounts");

    /** Whether a text that is to be mounted is the path of such a file. */
    public static boolean isNamed(String text) {
        return !text.contains("://") && text.matches(".*\\.(yaml|yml|json)");
    }

    /** Reads the text of one; what is wrong with it is misuse, told in one line. */
    public static TreeFile parse(String file, String text) {
        Object root;
        try {
            LoaderOptions options = new LoaderOptions();
            options.setAllowDuplicateKeys(false);
            root = new Yaml(new SafeConstructor(options)).load(text);
        } catch (YAMLException e) {
            String why = String.valueOf(e.getMessage());
            throw CliException.misused(file + " is no YAML: " + why.strip().replaceAll("\\s+", " "));
        }
        if (!(root instanceof Map<?, ?> map) || !(map.get("mounts") instanceof List<?> mounts)) {
            throw CliException.misused(file + " must hold 'mounts:' and a list of them");
        }
        for (Object field : map.keySet()) {
            if (!FIELDS.contains(String.valueOf(field))) {
                throw CliException.misused(file + ": '" + field + "' is not known; there are name and mounts");
            }
        }
        List<SourceSpec> sources = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Object mount : mounts) {
            if (!(mount instanceof Map<?, ?> fields)) {
                throw CliException.misused(file + ": a mount must have a name and a source, not be '" + mount + "'");
            }
            try {
                sources.add(SourceSpec.of(fields));
            } catch (CliException e) {
                throw CliException.misused(file + ": " + e.getMessage());
            }
            if (!names.add(sources.getLast().name())) {
                throw CliException.misused(
                        file + ": there are two mounts " + sources.getLast().name());
            }
        }
        Object name = map.get("name");
        return new TreeFile(name == null ? null : String.valueOf(name), sources);
    }
}
