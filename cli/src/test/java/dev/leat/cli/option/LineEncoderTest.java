package dev.leat.cli.option;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines of the log, beside those that the logging library makes from the pattern of the same meaning. */
class LineEncoderTest {
    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0} %msg%n%rEx{short}";

    private final TimeZone zone = TimeZone.getDefault();
    private final LoggerContext context = new LoggerContext();

    @AfterEach
    void putTheZoneBack() {
        TimeZone.setDefault(zone);
    }

    private void compare(String logger, Level level, String time, @Nullable Throwable thrown) {
        Logger by = context.getLogger(logger);
        LoggingEvent event = new LoggingEvent("x", by, level, "{} of {} is lost", thrown, new Object[] {"block ü", 7});
        event.setInstant(Instant.parse(time));
        PatternLayoutEncoder pattern = new PatternLayoutEncoder();
        pattern.setContext(context);
        pattern.setPattern(PATTERN);
        pattern.setCharset(StandardCharsets.UTF_8);
        pattern.start();
        LineEncoder line = new LineEncoder();
        line.setContext(context);
        line.start();
        assertThat(new String(line.encode(event), StandardCharsets.UTF_8))
                .isEqualTo(new String(pattern.encode(event), StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu"})
    void timesHaveTheOffsetOfTheirSeason(String name) {
        TimeZone.setDefault(TimeZone.getTimeZone(name));
        compare("dev.leat.vfs.Vfs", Level.INFO, "2026-01-02T03:04:05.006Z", null);
        compare("dev.leat.vfs.Vfs", Level.ERROR, "2026-07-31T23:59:59.999Z", null);
        compare("Main", Level.WARN, "2026-12-31T23:30:00Z", null);
    }

    @Test
    void anExceptionShowsItsRootCauseFirst() {
        Throwable thrown = new IllegalStateException("outer", new IOException("disk is full"));
        compare("dev.leat.cli.Main", Level.DEBUG, "2026-11-21T20:00:00.123Z", thrown);
    }
}
