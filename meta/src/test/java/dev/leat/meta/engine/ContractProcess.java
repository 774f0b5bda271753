package dev.leat.meta.engine;

import static dev.leat.meta.engine.ContractVolume.add;
import static dev.leat.meta.engine.ContractVolume.put;

import dev.leat.meta.MetaEngines;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another process that works on a volume: counts up, leaves a key for each count, and says each count once it is acknowledged. */
final class ContractProcess {
    /** The cell that all processes count up together. */
    static final Key TOTAL = ContractVolume.key("V", "total");

    private ContractProcess() {}

    /** Takes the URL, the process's own partition and how often to count. */
    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[2]);
        try (MetaEngine engine = MetaEngines.open(MetaUrl.parse(arguments[0]), OpenMode.EXISTING)) {
            TestSession session = new TestSession(engine);
            for (int n = 1; n <= count; n++) {
                session.write(add(TOTAL, 1), put(ContractVolume.key(arguments[1], "n" + n), "x"));
                System.out.println(n);
            }
        }
    }

    /** Starts one. */
    static Process start(String url, String partition, int count) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ContractProcess.class.getName(),
                url,
                partition,
                Integer.toString(count));
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /** The lines that a process says until it ends, by itself or not. */
    static List<Integer> counts(Process process) throws IOException {
        List<Integer> counts = new ArrayList<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                // Other lines are a logger's; the last one may be cut by the kill.
                if (line.matches("[0-9]+")) {
                    counts.add(Integer.parseInt(line));
                }
            }
        }
        return counts;
    }
}
