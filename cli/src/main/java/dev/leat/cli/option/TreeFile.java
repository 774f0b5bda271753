package dev.leat.cli.option;

import dev.leat.cli.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * A file that says which sources a mount shows: YAML that people write, or what the Kubernetes operator tells the pods of a dataset.
 *
 * @param name what the whole is called; null if it has no name
 * @param dataset name of the dataset in its namespace; null if people wrote the file
 * @param sources the sources
 * @param workers the workers of a dataset, as {@code HOST:PORT}
 */
public record TreeFile(
        @Nullable String name, @Nullable String dataset, List<SourceSpec> sources, List<String> workers) {
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
        if (root instanceof Map<?, ?> told && told.get("sources") instanceof List<?> all) {
            return ofDataset(file, told, all);
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
        return new TreeFile(name == null ? null : String.valueOf(name), null, sources, List.of());
    }

    /** What the operator writes: see {@code DatasetFile}. */
    private static TreeFile ofDataset(String file, Map<?, ?> told, List<?> all) {
        List<SourceSpec> sources = new ArrayList<>();
        for (Object one : all) {
            if (!(one instanceof Map<?, ?> fields)) {
                throw CliException.misused(file + ": a source must have a name and an address, not be '" + one + "'");
            }
            try {
                sources.add(source(told, fields));
            } catch (CliException e) {
                throw CliException.misused(file + ": " + e.getMessage());
            }
        }
        List<String> workers = new ArrayList<>();
        if (told.get("workers") instanceof List<?> named) {
            named.forEach(worker -> workers.add(String.valueOf(worker)));
        }
        String name = String.valueOf(told.get("name"));
        return new TreeFile(told.get("namespace") + "/" + name, name, sources, workers);
    }

    private static SourceSpec source(Map<?, ?> dataset, Map<?, ?> fields) {
        Map<String, String> options = new LinkedHashMap<>();
        for (String owner : List.of("uid", "gid")) {
            if (dataset.get(owner) != null) {
                options.put(owner, String.valueOf(dataset.get(owner)));
            }
        }
        if (fields.get("options") instanceof Map<?, ?> said) {
            said.forEach((option, value) -> options.put(String.valueOf(option), String.valueOf(value)));
        }
        Map<String, String> credentials = new LinkedHashMap<>();
        if (fields.get("secretFiles") instanceof Map<?, ?> secrets) {
            for (Map.Entry<?, ?> secret : secrets.entrySet()) {
                String option = String.valueOf(secret.getKey());
                String from = String.valueOf(secret.getValue());
                if (SourceSpec.isCredential(option + "-file")) {
                    credentials.put(option + "-file", from);
                } else {
                    options.put(option, secret(option, from));
                }
            }
        }
        String name = String.valueOf(fields.get("name"));
        return new SourceSpec(
                name,
                fields.get("path") == null ? "/" + name : String.valueOf(fields.get("path")),
                String.valueOf(fields.get("address")),
                options,
                credentials);
    }

    private static String secret(String option, String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            throw CliException.failed("the secret option " + option + " cannot be read from " + file + ": "
                    + e.getClass().getSimpleName());
        }
    }
}
