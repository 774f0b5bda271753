package dev.leat.cli.command;

import dev.leat.cli.Main;
import dev.leat.cli.output.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One command, run in this process with its output caught.
 *
 * @param code its exit code
 * @param outBytes its standard output
 * @param err its standard error
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
record CommandLineRun(int code, byte[] outBytes, String err) {

    /** Runs {@code leat} with these arguments. */
    static CommandLineRun leat(String... args) {
        return leat(InputStream.nullInputStream(), args);
    }

    /** Runs {@code leat} with a standard input. */
    static CommandLineRun leat(InputStream input, String... args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        InputStream in = System.in;
        ByteArrayOutputStream caughtOut = new ByteArrayOutputStream();
        ByteArrayOutputStream caughtErr = new ByteArrayOutputStream();
        System.setOut(new PrintStream(caughtOut, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(caughtErr, true, StandardCharsets.UTF_8));
        System.setIn(input);
        try {
            int code = Main.run(args);
            System.out.flush();
            return new CommandLineRun(code, caughtOut.toByteArray(), caughtErr.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
            System.setIn(in);
        }
    }

    /** Its standard output as text. */
    String out() {
        return new String(outBytes, StandardCharsets.UTF_8);
    }

    /** Its standard output as a JSON object. */
    Map<String, @Nullable Object> json() throws IOException {
        if (!(Json.read(out()) instanceof Map<?, ?> map)) {
            throw new AssertionError("no JSON object: " + out());
        }
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        map.forEach((name, value) -> facts.put(String.valueOf(name), value));
        return facts;
    }
}
