package dev.leat.cli.option;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** Where the log goes and what it looks like. */
public final class LogOptions {
    /** Kept: five files of 16 MiB. */
    private static final String FILE_SIZE_MAX = "16MB";

    private static final int FILES_KEPT = 4;

    /** What a line of the log looks like. */
    public enum Format {
        /** For people. */
        text,
        /** One JSON object a line. */
        json
    }

    @Option(
            names = "--log-format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "Lines of the log: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.text;

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            defaultValue = "info",
            description = "error, warn, info, debug or trace. Default: ${DEFAULT-VALUE}.")
    private String level = "info";

    /** Sends the log to a file that is rotated. */
    public void toFile(Path file) {
        RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
        appender.setContext(context());
        appender.setFile(file.toString());
        FixedWindowRollingPolicy rolling = new FixedWindowRollingPolicy();
        rolling.setContext(context());
        rolling.setParent(appender);
        rolling.setFileNamePattern(file + ".%i");
        rolling.setMinIndex(1);
        rolling.setMaxIndex(FILES_KEPT);
        rolling.start();
        SizeBasedTriggeringPolicy<ILoggingEvent> trigger = new SizeBasedTriggeringPolicy<>();
        trigger.setContext(context());
        trigger.setMaxFileSize(FileSize.valueOf(FILE_SIZE_MAX));
        trigger.start();
        appender.setRollingPolicy(rolling);
        appender.setTriggeringPolicy(trigger);
        use(appender, Level.toLevel(level, Level.INFO));
    }

    /** Sends warnings (or what the level asks for) to standard error, as every command but a daemon does. */
    public void toStandardError() {
        console(Level.toLevel(level, Level.WARN).equals(Level.INFO) ? Level.WARN : Level.toLevel(level, Level.WARN));
    }

    /** Sends the log to standard error, for a daemon in the foreground. */
    public void toForeground() {
        console(Level.toLevel(level, Level.INFO));
    }

    private void console(Level threshold) {
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context());
        appender.setTarget("System.err");
        use(appender, threshold);
    }

    private void use(OutputStreamAppender<ILoggingEvent> appender, Level threshold) {
        Encoder<ILoggingEvent> encoder = format == Format.json ? new JsonLineEncoder() : new LineEncoder();
        encoder.setContext(context());
        encoder.start();
        appender.setEncoder(encoder);
        appender.start();
        ch.qos.logback.classic.Logger root = context().getLogger(Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.addAppender(appender);
        root.setLevel(Level.WARN);
        context().getLogger("dev.leat").setLevel(threshold);
        // Says things like "closing a connection" as warnings.
        context().getLogger("org.sqlite").setLevel(Level.ERROR);
        // Warns of each library that it does without, and of each attempt that is made again.
        context().getLogger("org.apache.hadoop").setLevel(Level.ERROR);
        // Warns of each connection to a Unix socket that it has no keep-alive.
        context().getLogger("io.netty.bootstrap").setLevel(Level.ERROR);
    }

    private static LoggerContext context() {
        @Nullable Object factory = LoggerFactory.getILoggerFactory();
        if (factory instanceof LoggerContext context) {
            return context;
        }
        throw new IllegalStateException("the logger on the class path is not logback but " + factory);
    }
}
