package dev.leat.cli.option;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Lines of the log in JSON. */
class JsonLineEncoderTest {
    @Test
    void aLineHasTheWholeMessageAndWhatWentWrong() {
        LoggerContext context = new LoggerContext();
        LoggingEvent event = new LoggingEvent(
                "here",
                context.getLogger("dev.leat.Some"),
                Level.WARN,
                "{} is \"late\" by {} s",
                new IllegalStateException("no\nroom"),
                new Object[] {"it", 3});
        event.setThreadName("main");
        event.setInstant(java.time.Instant.ofEpochMilli(1_800_000_000_123L));
        String line = new String(new JsonLineEncoder().encode(event), StandardCharsets.UTF_8);
        assertThat(line)
                .startsWith(
                        "{\"time\":\"2027-01-15T08:00:00.123Z\",\"level\":\"WARN\",\"logger\":\"dev.leat.Some\","
                                + "\"thread\":\"main\",\"message\":\"it is \\\"late\\\" by 3 s\",\"error\":\"java.lang.IllegalState")
                .contains("no\\nroom")
                .endsWith("}\n");
        assertThat(line.strip()).doesNotContain("\n");
    }
}
