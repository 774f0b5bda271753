package dev.leat.cli.manual;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.cli.Main;
import dev.leat.cli.command.Commands;
import dev.leat.testing.Requires;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The manual pages say all that the help says, and roff takes them as they are. */
class ManualPagesTest {
    @TempDir
    private Path folder;

    private static Map<String, String> pages() {
        return new ManualPages(Commands.create(new Main())).pages();
    }

    @Test
    void everyCommandHasAPageAndNoHiddenOne() {
        Map<String, String> pages = pages();
        assertThat(pages).containsKeys("leat.1", "leat-mount.1", "leat-umount.1", "leat-warmup.1");
        assertThat(pages).doesNotContainKeys("leat-train.1", "leat-man.1");
        for (Verb verb : Verb.all(Commands.create(new Main()))) {
            String page = pages.get(verb.page() + ".1");
            assertThat(page).as(verb.name()).isNotNull();
            assertThat(pages.get("leat.1")).contains(verb.page().replace("-", "\\-") + "(1)");
            for (Verb.Item option : verb.options()) {
                assertThat(page)
                        .as(verb.name())
                        .contains(option.names().getLast().replace("-", "\\-"));
            }
            assertThat(verb.examples()).as("examples of " + verb.name()).isNotEmpty();
        }
    }

    @Test
    void whatRoffWouldActOnIsEscaped() {
        assertThat(new Roff("T", "1").line(".PP is 'a' \\ with -x…").text())
                .endsWith("\n\\&.PP is \\(aqa\\(aq \\e with \\-x\\[u2026]\n");
        assertThat(new Roff("T", "1").item("a \"b\"", "c").text()).endsWith("\n.TP\n.B \"a \\(dqb\\(dq\"\nc\n");
    }

    @Test
    void groffHasNothingToSayAboutThem() throws IOException, InterruptedException {
        boolean there =
                Stream.of(System.getenv("PATH").split(":")).anyMatch(at -> Files.isExecutable(Path.of(at, "groff")));
        Requires.that(there, "groff is missing (Debian: apt-get install groff-base)");
        new ManualPages(Commands.create(new Main())).writeTo(folder.resolve("man1"));
        List<String> call = new ArrayList<>(List.of("groff", "-man", "-ww", "-Tutf8", "-P-cbou"));
        try (Stream<Path> files = Files.list(folder.resolve("man1"))) {
            files.sorted().map(Path::toString).forEach(call::add);
        }
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process groff = new ProcessBuilder(call)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertThat(groff.waitFor()).isZero();
        assertThat(Files.readString(err)).as("warnings of groff").isEmpty();
        // Lines are filled and stretched.
        String text = Files.readString(out, StandardCharsets.UTF_8).replaceAll("\\s+", " ");
        assertThat(text)
                .contains("LEAT-MOUNT(1)", "--cache-size=SIZE", "Default: 100GiB.", "EXIT STATUS")
                .contains("leat mount [OPTION…] SOURCE [MOUNTPOINT]")
                .contains("leat mount sqlite:///var/lib/leat/v.db /mnt/v --cache-dir");
    }
}
