package dev.leat.cli.output;

import java.io.PrintStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints what is known of one thing: as JSON, or a name and a value on each line. */
public final class Facts {
    private Facts() {}

    /** Prints {@code facts} in their order. */
    public static void print(PrintStream to, Map<String, ? extends @Nullable Object> facts, boolean json) {
        if (json) {
            to.println(Json.pretty(facts));
            return;
        }
        int width = facts.keySet().stream().mapToInt(String::length).max().orElse(0);
        facts.forEach((name, value) -> to.println(("%-" + width + "s  %s").formatted(name, value)));
    }
}
