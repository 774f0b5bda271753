package dev.leat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.cli.command.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Holds the documentation to the code: the classes, commands and options that it names exist, and its links lead somewhere. */
class DocsTest {
    private static final Path ROOT = root();
    private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```");
    private static final Pattern SPAN = Pattern.compile("`([^`\\n]+)`");
    private static final Pattern SIMPLE = Pattern.compile("[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*");
    private static final Pattern QUALIFIED = Pattern.compile("dev\\.leat(\\.[a-z0-9]+)*(\\.[A-Z][A-Za-z0-9]*)?");
    private static final Pattern COMMAND = Pattern.compile("(?<![A-Za-z0-9._=-])(?:[./A-Za-z]*/)?leat +([a-z][a-z-]*)");
    private static final Pattern OPTION = Pattern.compile("(?<![A-Za-z0-9-])--[a-z][a-z-]*");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(#[^)]*)?\\)");

    private static Path root() {
        for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
            if (Files.isRegularFile(path.resolve("docs/read-path.md"))) {
                return path;
            }
        }
        throw new IllegalStateException(
                "docs/read-path.md is not above " + Path.of("").toAbsolutePath());
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"));
                Stream<Path> top = Files.list(ROOT)) {
            return Stream.concat(docs, top)
                    .filter(path -> path.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    /** What stands in code spans and fenced blocks. */
    private static List<String> code(String page) {
        List<String> found = new ArrayList<>();
        Matcher fence = FENCE.matcher(page);
        while (fence.find()) {
            fence.group().lines().forEach(found::add);
        }
        Matcher span = SPAN.matcher(fence.reset().replaceAll(""));
        while (span.find()) {
            found.add(span.group(1));
        }
        return found;
    }

    /** Simple and qualified names of all top-level classes of the program, and its packages. */
    private static Set<String> names() throws IOException {
        Set<String> names = new HashSet<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module : modules.toList()) {
                Path sources = module.resolve("src/main/java");
                if (!Files.isDirectory(sources)) {
                    continue;
                }
                try (Stream<Path> files = Files.walk(sources)) {
                    files.forEach(file -> {
                        String name = sources.relativize(file).toString().replace('/', '.');
                        names.add(name.replaceAll("\\.java$", ""));
                        names.add(file.getFileName().toString().replaceAll("\\.java$", ""));
                    });
                }
            }
        }
        return names;
    }

    @ParameterizedTest
    @ValueSource(strings = {"docs/read-path.md", "docs/write-path.md"})
    void classesOfThePathsExist(String page) throws IOException {
        List<String> named = code(Files.readString(ROOT.resolve(page))).stream()
                .filter(word -> SIMPLE.matcher(word).matches()
                        || QUALIFIED.matcher(word).matches())
                .toList();
        assertThat(named).as("classes named in " + page).hasSizeGreaterThan(20);
        assertThat(names()).as("classes of the program").containsAll(named);
    }

    @Test
    void commandsExist() throws IOException {
        Set<String> known =
                new TreeSet<>(Commands.create(new Main()).getSubcommands().keySet());
        Set<String> named = new TreeSet<>();
        for (Path page : pages()) {
            for (String line : code(Files.readString(page))) {
                COMMAND.matcher(line).results().forEach(found -> named.add(found.group(1)));
            }
        }
        assertThat(named).as("commands named in the documentation").contains("format", "mount", "umount");
        assertThat(known).as("commands of the program").containsAll(named);
    }

    @Test
    void optionsOfOperationsExist() throws IOException {
        Set<String> known = new TreeSet<>();
        for (CommandLine command : Commands.create(new Main()).getSubcommands().values()) {
            known.addAll(command.getCommandSpec().optionsMap().keySet());
        }
        Set<String> named = new TreeSet<>();
        for (String line : code(Files.readString(ROOT.resolve("docs/operations.md")))) {
            OPTION.matcher(line).results().forEach(found -> named.add(found.group()));
        }
        assertThat(named).as("options named in docs/operations.md").hasSizeGreaterThan(20);
        assertThat(known).as("options of the program").containsAll(named);
    }

    @Test
    void linksLeadSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path page : pages()) {
            Matcher link = LINK.matcher(Files.readString(page));
            while (link.find()) {
                String target = link.group(1);
                boolean elsewhere = target.matches("[a-z]+:.*");
                if (!elsewhere && !Files.exists(page.resolveSibling(target))) {
                    broken.add(ROOT.relativize(page) + " → " + target);
                }
            }
        }
        assertThat(broken).as("links of the documentation that lead nowhere").isEmpty();
    }
}
