package dev.leat.cli.option;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the encoder when there is a first line to log. Most commands never log one, and a pattern with a time in it has the
 * JDK look for time zones in every jar of the class path.
 */
final class LateEncoder extends EncoderBase<ILoggingEvent> {
    private static final byte[] NOTHING = {};

    private final Supplier<Encoder<ILoggingEvent>> make;
    private volatile @Nullable Encoder<ILoggingEvent> made;

    LateEncoder(Supplier<Encoder<ILoggingEvent>> make) {
        this.make = make;
    }

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        // Appenders may log from several threads; two made at once are alike.
        Encoder<ILoggingEvent> encoder = made;
        if (encoder == null) {
            encoder = make.get();
            made = encoder;
        }
        return encoder.encode(event);
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }
}
