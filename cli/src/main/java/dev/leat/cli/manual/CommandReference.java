package dev.leat.cli.manual;

import java.util.List;
import picocli.CommandLine;

/** One page in Markdown with every command. */
public final class CommandReference {
    private final List<Verb> verbs;

    /** Of the commands of a program. */
    public CommandReference(CommandLine program) {
        this.verbs = Verb.all(program);
    }

    /** The page. */
    public String text() {
        StringBuilder page = new StringBuilder("""
                # Commands

                This page is made from what `leat COMMAND --help` says, and a test holds it to that. A release has the same as manual pages in
                `share/man`. Every command also has `-h`, `--help`. Options that are not on the command line are looked for in the
                environment and in a file: see [Operations](operations.md#options-of-a-mount).

                """);
        page.append("| command | what it does |\n|---|---|\n");
        for (Verb verb : verbs) {
            page.append("| [`").append(verb.name()).append("`](#").append(verb.page());
            page.append(") | ").append(cell(verb.description().getFirst())).append(" |\n");
        }
        verbs.forEach(verb -> append(page, verb));
        return page.toString();
    }

    private static void append(StringBuilder page, Verb verb) {
        page.append("\n## leat ").append(verb.name()).append("\n\n```\n");
        page.append(verb.synopsis()).append("\n```\n");
        verb.description()
                .forEach(paragraph -> page.append('\n').append(cell(paragraph)).append('\n'));
        if (!verb.operands().isEmpty() || !verb.options().isEmpty()) {
            page.append("\n| operand or option | meaning |\n|---|---|\n");
            verb.operands().forEach(operand -> row(page, operand));
            verb.options().forEach(option -> row(page, option));
        }
        if (!verb.examples().isEmpty()) {
            page.append("\n```\n");
            verb.examples().forEach(example -> page.append(example).append('\n'));
            page.append("```\n");
        }
    }

    private static void row(StringBuilder page, Verb.Item item) {
        String names = String.join(", ", item.names()) + item.value();
        page.append("| `").append(names.replace("|", "\\|")).append("` | ");
        page.append(cell(item.text())).append(" |\n");
    }

    /** Text that says the same in a table, where a bar ends the cell and an asterisk or angle bracket would be markup. */
    private static String cell(String text) {
        return text.replaceAll("([|*<>\\[\\]])", "\\\\$1");
    }
}
