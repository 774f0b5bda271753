package dev.leat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Starts the program in a JVM of its own. */
class StartTest {
    /** What the JDK uses to look for a service in all jars of the class path. */
    private static final String SEARCH = "java.util.ServiceLoader$LazyClassPathLookupIterator";

    @TempDir
    private Path folder;

    private int run(Path loaded, String... arguments) throws IOException, InterruptedException {
        List<String> call = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-Xlog:class+load:file=" + loaded,
                "-cp",
                System.getProperty("java.class.path"),
                "dev.leat.cli.Main"));
        call.addAll(List.of(arguments));
        ProcessBuilder process = new ProcessBuilder(call);
        process.environment().put("LEAT_RUN_DIR", folder.resolve("run").toString());
        process.redirectOutput(folder.resolve("out").toFile());
        process.redirectError(folder.resolve("err").toFile());
        return process.start().waitFor();
    }

    @ParameterizedTest
    @CsvSource({"version, 0", "status, 0", "umount /nothing, 1"})
    void shortCommandsSearchNoJars(String command, int code) throws IOException, InterruptedException {
        Path loaded = folder.resolve("loaded");
        assertThat(run(loaded, command.split(" "))).isEqualTo(code);
        assertThat(Files.size(folder.resolve(code == 0 ? "out" : "err"))).isPositive();
        assertThat(Files.readString(loaded)).contains("dev.leat.cli.Main").doesNotContain(SEARCH);
    }

    @Test
    void aMountLogsWithoutLookingForTimeZones() throws IOException, InterruptedException {
        String volume = "sqlite://" + folder.resolve("v.db");
        assertThat(run(folder.resolve("format"), "format", volume, "--store", "file://" + folder.resolve("store")))
                .isZero();
        Path loaded = folder.resolve("loaded");
        String missing = folder.resolve("missing").toString();
        String cache = folder.resolve("cache").toString();
        assertThat(run(loaded, "mount", volume, missing, "--cache-dir", cache, "-f"))
                .isEqualTo(1);
        assertThat(Files.readString(folder.resolve("err")))
                .contains(" INFO  Session session ", missing + " does not exist");
        assertThat(Files.readString(loaded)).contains("dev.leat.vfs.Vfs ").doesNotContain("ZoneRulesProvider");
    }

    @Test
    void theTrainingUsesMountsWithoutAKernel() throws IOException, InterruptedException {
        Path loaded = folder.resolve("loaded");
        assertThat(run(loaded, "train")).isZero();
        assertThat(Files.readString(folder.resolve("err"))).doesNotContain("not used to the end");
        assertThat(Files.readString(loaded))
                .contains("dev.leat.cli.mount.FuseVfs", "dev.leat.vfs.Vfs", "dev.leat.cache.TieredCache");
        assertThat(folder.resolve("run")).as("folders of mounts").isEmptyDirectory();
    }

    @Test
    void theLogIsWrittenWhenThereIsSomethingToSay() throws IOException, InterruptedException {
        assertThat(run(folder.resolve("loaded"), "umount", "/nothing", "--log-level", "debug"))
                .isEqualTo(1);
        assertThat(Files.readString(folder.resolve("err")))
                .contains("DEBUG Main command failed", "leat: nothing of Leat's is mounted at /nothing");
    }
}
