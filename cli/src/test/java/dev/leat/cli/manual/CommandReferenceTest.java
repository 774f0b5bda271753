package dev.leat.cli.manual;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.cli.Main;
import dev.leat.cli.command.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Holds docs/commands.md to the commands; {@code -Dleat.docs=write} renews it. */
class CommandReferenceTest {
    @Test
    void theReferenceSaysWhatTheHelpSays() throws IOException {
        Path page = docs().resolve("commands.md");
        String text = new CommandReference(Commands.create(new Main())).text();
        if ("write".equals(System.getProperty("leat.docs"))) {
            Files.writeString(page, text);
            return;
        }
        assertThat(Files.isRegularFile(page) ? Files.readString(page) : "")
                .as(
                        "%s; renew it with: mvn -pl cli -am test -Dtest=CommandReferenceTest "
                                + "-Dsurefire.failIfNoSpecifiedTests=false -Dsurefire.args=-Dleat.docs=write",
                        page)
                .isEqualTo(text);
    }

    private static Path docs() {
        for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
            if (Files.isRegularFile(path.resolve("docs/operations.md"))) {
                return path.resolve("docs");
            }
        }
        throw new IllegalStateException(
                "docs/operations.md is not above " + Path.of("").toAbsolutePath());
    }
}
