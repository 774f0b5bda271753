package dev.leat.kube.csi;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs programs, each with a deadline: what touches a mount may never come back, and must not keep a caller. */
final class Programs {
    private static final int OUTPUT_MAX = 64 << 10;

    private Programs() {}

    /**
     * How a program ended.
     *
     * @param code its exit code; -1 when it did not end in time
     * @param output what it said, on both of its outputs
     */
    record Result(int code, String output) {
        boolean fine() {
            return code == 0;
        }

        /** Whether it did not end in time. */
        boolean late() {
            return code < 0;
        }

        /** Its last words, in one line. */
        String words() {
            String text = output.strip();
            return late() ? "no answer in time" : text.substring(text.lastIndexOf('\n') + 1);
        }
    }

    /** Runs a command to its end or the deadline, after which it is killed and not waited for. */
    static Result run(Duration deadline, Map<String, String> environment, List<String> command) throws IOException {
        Path output = Files.createTempFile("leat-csi", ".out");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            boolean ended = process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
            if (!ended) {
                process.destroyForcibly();
            }
            byte[] bytes = Files.readAllBytes(output);
            int length = Math.min(bytes.length, OUTPUT_MAX);
            return new Result(
                    ended ? process.exitValue() : -1,
                    new String(bytes, bytes.length - length, length, StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command.getFirst() + " ran", e);
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
