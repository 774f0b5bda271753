package dev.leat.kube.csi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Holds the table of mount options in docs/kubernetes-csi.md to the code; {@code -Dleat.docs=write} renews it. */
class OptionTableTest {
    private static final String BEGIN = "<!-- options: begin -->\n";
    private static final String END = "<!-- options: end -->\n";

    @Test
    void theDocumentationHasEveryOption() throws IOException {
        Path page = page();
        String text = Files.readString(page);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        int end = text.indexOf(END);
        String wanted = text.substring(0, begin) + table() + text.substring(end);
        if ("write".equals(System.getProperty("leat.docs"))) {
            Files.writeString(page, wanted);
        }
        assertThat(Files.readString(page)).isEqualTo(wanted);
    }

    private static String table() {
        StringBuilder table = new StringBuilder("| option | | |\n|---|---|---|\n");
        for (MountOption option : JuiceFsOptions.all()) {
            table.append("| `")
                    .append(option.name())
                    .append("` | ")
                    .append(option.fate().name().toLowerCase(Locale.ROOT))
                    .append(" | ")
                    .append(option.reason())
                    .append(" |\n");
        }
        return table.toString();
    }

    private static Path page() {
        for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
            Path page = path.resolve("docs/kubernetes-csi.md");
            if (Files.isRegularFile(page)) {
                return page;
            }
        }
        throw new IllegalStateException(
                "docs/kubernetes-csi.md is not above " + Path.of("").toAbsolutePath());
    }
}
