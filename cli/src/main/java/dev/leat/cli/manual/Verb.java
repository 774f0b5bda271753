package dev.leat.cli.manual;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * One command as it explains itself.
 *
 * @param name its name, behind a blank after that of the command that leads to it
 * @param description paragraphs, the first of which says what it does
 * @param operands what stands behind the options
 * @param options by name, those that every command has left out
 * @param examples command lines
 */
record Verb(String name, List<String> description, List<Item> operands, List<Item> options, List<String> examples) {
    private static final String EXAMPLE = "Example:";

    /**
     * An option or operand.
     *
     * @param names one for an operand, several for an option that has a short one
     * @param value what the option takes, after the name as it is written; empty if nothing
     * @param text its description
     * @param required whether it must be given
     * @param many whether there may be several
     */
    record Item(List<String> names, String value, String text, boolean required, boolean many) {
        /** As it stands in a synopsis. */
        String synopsis() {
            String text = names.getLast() + value + (many ? "…" : "");
            return required ? text : "[" + text + "]";
        }
    }

    /** All commands that are not hidden, in the order of the help. */
    static List<Verb> all(CommandLine program) {
        // What this machine has set must not show in documents.
        program.setDefaultValueProvider(_ -> null);
        List<Verb> all = new ArrayList<>();
        collect(program, "", all);
        return all;
    }

    private static void collect(CommandLine program, String before, List<Verb> to) {
        for (CommandLine each : program.getSubcommands().values()) {
            CommandSpec spec = each.getCommandSpec();
            if (spec.usageMessage().hidden()) {
                continue;
            }
            // A command that only leads to others has nothing to say that they do not.
            if (each.getSubcommands().isEmpty()) {
                to.add(of(spec, before + spec.name()));
            } else {
                collect(each, before + spec.name() + " ", to);
            }
        }
    }

    private static Verb of(CommandSpec spec, String name) {
        List<Item> options = spec.options().stream()
                .filter(option -> !option.hidden() && !option.usageHelp() && !option.versionHelp())
                .sorted(Comparator.comparing(
                        option -> option.longestName().replaceFirst("^-+", "").toLowerCase(Locale.ROOT)))
                .map(Verb::option)
                .toList();
        List<Item> operands =
                spec.positionalParameters().stream().map(Verb::operand).toList();
        List<String> examples = new ArrayList<>();
        for (String line : spec.usageMessage().footer()) {
            if (line.startsWith(EXAMPLE)) {
                examples.add(line.substring(EXAMPLE.length()).strip());
            }
        }
        return new Verb(name, List.of(spec.usageMessage().description()), operands, options, examples);
    }

    private static Item option(OptionSpec option) {
        String value = "";
        if (option.arity().max() > 0) {
            String separator = option.longestName().startsWith("--") ? "=" : " ";
            value = separator + option.paramLabel();
            value = option.arity().min() > 0 ? value : "[" + value + "]";
        }
        List<String> names = Arrays.stream(option.names())
                .sorted(Comparator.comparingInt(String::length))
                .toList();
        return new Item(names, value, text(option), isRequired(option), option.isMultiValue());
    }

    /** Options of a group are required in it, but the group is not. */
    private static boolean isRequired(OptionSpec option) {
        return option.required() && option.group() == null;
    }

    private static Item operand(PositionalParamSpec operand) {
        boolean many = operand.isMultiValue();
        return new Item(
                List.of(operand.paramLabel()),
                "",
                text(operand),
                operand.arity().min() > 0,
                many);
    }

    private static String text(ArgSpec argument) {
        return String.join(" ", argument.description());
    }

    /** The name of its page, and where it stands in others. */
    String page() {
        return "leat-" + name.replace(' ', '-');
    }

    /** What to type, with options summed up except those that must be given. */
    String synopsis() {
        StringBuilder synopsis = new StringBuilder("leat ").append(name);
        if (options.stream().anyMatch(option -> !option.required())) {
            synopsis.append(" [OPTION…]");
        }
        options.stream()
                .filter(Item::required)
                .forEach(option -> synopsis.append(' ').append(option.synopsis()));
        operands.forEach(operand -> synopsis.append(' ').append(operand.synopsis()));
        return synopsis.toString();
    }
}
