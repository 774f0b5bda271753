package dev.leat.cli.option;

import ch.qos.logback.classic.pattern.RootCauseFirstThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;

/**
 * Lines for people: the local time with its offset, the level, the class, the message, and of an exception the root cause
 * with where it was thrown. The library's own patterns would have the JDK look for time zones in every jar of the class path, while
 * somebody waits for the mount that logs its first line.
 */
final class LineEncoder extends EncoderBase<ILoggingEvent> {
    private static final byte[] NOTHING = {};
    private static final int LEVEL_WIDTH = 5;

    private @Nullable RootCauseFirstThrowableProxyConverter causes;

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(128);
        appendTime(line, event.getTimeStamp());
        String level = event.getLevel().toString();
        line.append(' ').append(level).repeat(' ', Math.max(0, LEVEL_WIDTH - level.length()));
        String logger = event.getLoggerName();
        line.append(' ').append(logger, logger.lastIndexOf('.') + 1, logger.length());
        line.append(' ').append(event.getFormattedMessage()).append('\n');
        if (event.getThrowableProxy() != null) {
            line.append(causes().convert(event));
        }
        return line.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }

    private RootCauseFirstThrowableProxyConverter causes() {
        RootCauseFirstThrowableProxyConverter made = causes;
        if (made == null) {
            made = new RootCauseFirstThrowableProxyConverter();
            made.setContext(getContext());
            made.setOptionList(List.of("short"));
            made.start();
            // Appenders may log from several threads; two made at once are alike.
            causes = made;
        }
        return made;
    }

    private static void appendTime(StringBuilder line, long millis) {
        int offsetSeconds = TimeZone.getDefault().getOffset(millis) / 1000;
        ZoneOffset offset = ZoneOffset.ofTotalSeconds(offsetSeconds);
        LocalDateTime time = LocalDateTime.ofEpochSecond(Math.floorDiv(millis, 1000L), 0, offset);
        append(line, time.getYear(), 4).append('-');
        append(line, time.getMonthValue(), 2).append('-');
        append(line, time.getDayOfMonth(), 2).append('T');
        append(line, time.getHour(), 2).append(':');
        append(line, time.getMinute(), 2).append(':');
        append(line, time.getSecond(), 2).append('.');
        append(line, (int) Math.floorMod(millis, 1000L), 3).append(offset.getId());
    }

    private static StringBuilder append(StringBuilder line, int number, int digits) {
        String text = Integer.toString(number);
        return line.repeat('0', Math.max(0, digits - text.length())).append(text);
    }
}
