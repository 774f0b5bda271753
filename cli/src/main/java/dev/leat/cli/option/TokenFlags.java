package dev.leat.cli.option;

import dev.leat.worker.wire.Token;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The secret between workers and mounts. */
public final class TokenFlags {
    @Option(
            names = "--worker-token",
            paramLabel = "FILE",
            description = "File with the secret that workers and mounts share, of at least 16 bytes. Read for each "
                    + "connection. Default: none.")
    private @Nullable Path file;

    /** The secret, or that there is none. */
    public Token token() throws IOException {
        return file == null ? Token.none() : Token.of(file.toAbsolutePath());
    }
}
