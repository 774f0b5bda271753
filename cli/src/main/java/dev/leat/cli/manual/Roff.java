package dev.leat.cli.manual;

import java.util.List;
import java.util.Locale;

/** Writes one page of the manual with the man macros. Text goes in as it is; what roff would act on is escaped. */
final class Roff {
    private final StringBuilder page = new StringBuilder();

    /** Begins a page of section 1. */
    Roff(String title, String version) {
        // Without a date: a page must not differ for the day on which it was built.
        macro(".TH " + quoted(title) + " 1 \"\" " + quoted("Leat " + version) + " " + quoted("Leat Manual"));
    }

    /** Begins a section. */
    Roff section(String title) {
        return macro(".SH " + quoted(title));
    }

    /** Begins a paragraph in a section that has one. */
    Roff paragraph() {
        return macro(".PP");
    }

    /** Adds text. */
    Roff line(String text) {
        return macro(escaped(text));
    }

    /** Adds text in bold. */
    Roff bold(String text) {
        return macro(".B " + quoted(text));
    }

    /** Adds an item of a list: a tag in bold, and what it means. */
    Roff item(String tag, String text) {
        macro(".TP");
        bold(tag);
        return line(text);
    }

    /** Adds lines as they are. */
    Roff verbatim(List<String> lines) {
        macro(".nf");
        lines.forEach(this::line);
        return macro(".fi");
    }

    private Roff macro(String line) {
        page.append(line).append('\n');
        return this;
    }

    /** The page. */
    String text() {
        return page.toString();
    }

    private static String quoted(String text) {
        return '"' + escaped(text).replace("\"", "\\(dq") + '"';
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\\' -> escaped.append("\\e");
                // Or it would be set as a hyphen, which cannot be searched for or copied into a command.
                case '-' -> escaped.append("\\-");
                case '\'' -> escaped.append("\\(aq");
                case '~' -> escaped.append("\\(ti");
                case '^' -> escaped.append("\\(ha");
                case '`' -> escaped.append("\\(ga");
                default -> {
                    if (c < 0x80) {
                        escaped.append((char) c);
                    } else {
                        escaped.append(String.format(Locale.ROOT, "\\[u%04X]", c));
                    }
                }
            }
        });
        // A dot at the start of a line is a request.
        return escaped.indexOf(".") == 0 ? "\\&" + escaped : escaped.toString();
    }
}
