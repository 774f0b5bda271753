package dev.leat.cli.option;

import dev.leat.cli.CliException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Options that were not given on the command line: from the environment ({@code --cache-size} is {@code LEAT_CACHE_SIZE}),
 * then from a YAML file ({@code cache-size: 100GiB}) named by {@code LEAT_CONFIG}, or {@code ~/.config/leat/config.yaml}, or
 * {@code /etc/leat/config.yaml}, whichever is there first.
 */
public final class Defaults implements IDefaultValueProvider {
    private final Map<String, String> environment;
    private @Nullable Map<String, String> file;

    public Defaults(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option) || option.usageHelp() || option.versionHelp() || option.hidden()) {
            return null;
        }
        String name = option.longestName();
        if (!name.startsWith("--")) {
            return null;
        }
        String key = name.substring(2);
        String variable = "LEAT_" + key.replace('-', '_').toUpperCase(Locale.ROOT);
        String value = environment.get(variable);
        return value != null ? value : fromFile().get(key);
    }

    private Map<String, String> fromFile() {
        Map<String, String> read = file;
        if (read == null) {
            read = readFile();
            file = read;
        }
        return read;
    }

    private Map<String, String> readFile() {
        String chosen = environment.get("LEAT_CONFIG");
        String home = environment.getOrDefault("HOME", "/root");
        List<Path> places = chosen != null && !chosen.isEmpty()
                ? List.of(Path.of(chosen))
                : List.of(Path.of(home, ".config", "leat", "config.yaml"), Path.of("/etc/leat/config.yaml"));
        for (Path place : places) {
            if (Files.exists(place)) {
                return parse(place);
            }
        }
        if (chosen != null && !chosen.isEmpty()) {
            throw CliException.misused("LEAT_CONFIG names " + chosen + ", which does not exist");
        }
        return Map.of();
    }

    private static Map<String, String> parse(Path path) {
        try (Reader reader = Files.newBufferedReader(path)) {
            Object root = new Yaml(new SafeConstructor(new LoaderOptions())).load(reader);
            if (root == null) {
                return Map.of();
            }
            if (!(root instanceof Map<?, ?> map)) {
                throw CliException.misused(path + " must hold options, one 'name: value' a line");
            }
            Map<String, String> options = new java.util.HashMap<>();
            map.forEach((key, value) -> options.put(String.valueOf(key), String.valueOf(value)));
            return options;
        } catch (IOException | YAMLException e) {
            throw CliException.misused(path + " cannot be read: " + e.getMessage());
        }
    }
}
