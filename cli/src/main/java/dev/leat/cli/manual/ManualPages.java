package dev.leat.cli.manual;

import dev.leat.cli.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** The pages of section 1 of the manual: one of the program, one of each command. */
public final class ManualPages {
    private static final Map<String, String> ENVIRONMENT = environment();

    private static final Map<String, String> FILES = files();

    private final CommandLine program;
    private final List<Verb> verbs;

    /** Of the commands of a program. */
    public ManualPages(CommandLine program) {
        this.program = program;
        this.verbs = Verb.all(program);
    }

    private static Map<String, String> environment() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put(
                "LEAT_NAME",
                "Stands for the option --NAME where that is not given, as LEAT_CACHE_SIZE for --cache-size.");
        all.put("LEAT_CONFIG", "Names a file of options, instead of the files below.");
        all.put(
                "LEAT_META_PASSWORD, LEAT_META_PASSWORD_FILE",
                "The metadata engine's password, or a file that holds it.");
        all.put("LEAT_META_CA", "PEM file with the certificates to trust for TLS to the metadata engine.");
        all.put("LEAT_SSE_KEY", "With --sse customer: 32 bytes in Base64.");
        all.put("LEAT_JAVA_HOME", "The Java runtime to use.");
        all.put("LEAT_HEAP", "Size of the heap, such as 512m; --memory bounds the buffers outside it.");
        all.put("LEAT_RUN_DIR", "Where the mounts of this user are listed, instead of /run/leat.");
        all.put("LEAT_STATE_HOME", "Where the cache of compiled classes lies, instead of ~/.cache/leat.");
        all.put("LEAT_NO_AOT", "If it is not empty, no cache of compiled classes is made.");
        all.put(
                "LEAT_TRAIN",
                "If it is not empty, the cache of compiled classes that the command would use is made beside the program, and nothing else is done; for those who make images.");
        return all;
    }

    private static Map<String, String> files() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put(
                "~/.config/leat/config.yaml, /etc/leat/config.yaml",
                "Options that are neither on the command line nor in the environment, one 'name: value' a line; the first "
                        + "file that exists counts.");
        all.put("/var/cache/leat", "The cache of root's mounts; of others ~/.cache/leat/cache.");
        all.put("/var/log/leat", "Logs of root's mounts; of others ~/.cache/leat/log.");
        all.put("/run/leat", "What is mounted by root; by others $XDG_RUNTIME_DIR/leat.");
        return all;
    }

    /** Name and text of each page, in roff with the man macros. */
    public Map<String, String> pages() {
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("leat.1", ofProgram());
        verbs.forEach(verb -> pages.put(verb.page() + ".1", of(verb)));
        return pages;
    }

    /** Writes the pages into a folder, which is made. */
    public void writeTo(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<String, String> page : pages().entrySet()) {
            Files.writeString(folder.resolve(page.getKey()), page.getValue());
        }
    }

    private String ofProgram() {
        String purpose =
                String.join(" ", program.getCommandSpec().usageMessage().description());
        Roff roff = new Roff("LEAT", Version.text());
        roff.section("NAME").line("leat - POSIX volumes over object storage");
        roff.section("SYNOPSIS").bold("leat COMMAND [OPTION…] [OPERAND…]");
        roff.section("DESCRIPTION").line(purpose);
        roff.paragraph()
                .line(
                        "A volume is two things: metadata in an engine (SQLite, PostgreSQL or Redis) and bytes in an object "
                                + "store (a bucket, or a directory used as one). 'leat format' makes one, 'leat mount' mounts it, "
                                + "and 'leat quickstart' shows all of it on this machine.");
        roff.section("COMMANDS");
        verbs.forEach(verb -> roff.item(verb.page() + "(1)", verb.description().getFirst()));
        roff.section("OPTIONS");
        roff.item("-h, --help", "Explains the program, or behind a command that command.");
        roff.item("-V, --version", "Prints the version.");
        exitStatus(roff);
        roff.section("ENVIRONMENT");
        ENVIRONMENT.forEach(roff::item);
        roff.section("FILES");
        FILES.forEach(roff::item);
        roff.section("SEE ALSO").line("fstab(5), mount(8), fuse(4)");
        return roff.text();
    }

    private static String of(Verb verb) {
        Roff roff = new Roff(verb.page().toUpperCase(java.util.Locale.ROOT), Version.text());
        String first = verb.description().getFirst();
        roff.section("NAME").line(verb.page() + " - " + summary(first));
        roff.section("SYNOPSIS").bold(verb.synopsis());
        roff.section("DESCRIPTION").line(first);
        verb.description().stream()
                .skip(1)
                .forEach(paragraph -> roff.paragraph().line(paragraph));
        if (!verb.operands().isEmpty()) {
            roff.section("OPERANDS");
            verb.operands().forEach(operand -> roff.item(operand.names().getFirst(), operand.text()));
        }
        roff.section("OPTIONS");
        for (Verb.Item option : verb.options()) {
            roff.item(String.join(", ", option.names()) + option.value(), option.text());
        }
        roff.item("-h, --help", "Explains the command.");
        exitStatus(roff);
        if (!verb.examples().isEmpty()) {
            roff.section("EXAMPLES").verbatim(verb.examples());
        }
        roff.section("SEE ALSO").line("leat(1)");
        return roff.text();
    }

    private static void exitStatus(Roff roff) {
        roff.section("EXIT STATUS");
        roff.item("0", "It is done.");
        roff.item("1", "It failed. One line on standard error says what, where, and how to mend it.");
        roff.item("2", "It was called wrongly.");
    }

    /** The first sentence or part of one, as lists of pages show it. */
    private static String summary(String text) {
        String sentence = text.split("(?<=[a-z])[.:;](\\s|$)", 2)[0];
        return sentence.substring(0, 1).toLowerCase(java.util.Locale.ROOT) + sentence.substring(1);
    }
}
