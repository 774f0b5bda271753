package dev.leat.cli.option;

import dev.leat.cli.CliException;
import dev.leat.worker.wire.Token;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The workers that a mount asks before it asks the store. */
public final class WorkerFlags {
    private static final int PORT_MAX = 65_535;

    @Option(
            names = "--workers",
            paramLabel = "HOST:PORT[,…]",
            split = ",",
            description =
                    "Workers that are asked for blocks before the store is; the same list at every mount. Default: none.")
    private List<String> workers = new ArrayList<>();

    @Mixin
    private TokenFlags token = new TokenFlags();

    /** The workers, each once. */
    public List<String> workers() {
        List<String> all = workers.stream().map(String::strip).distinct().toList();
        all.forEach(WorkerFlags::check);
        return all;
    }

    private static void check(String worker) {
        int colon = worker.lastIndexOf(':');
        if (colon <= 0 || port(worker.substring(colon + 1)) == null) {
            throw CliException.misused(
                    "--workers " + worker + " is no address; write HOST:PORT, such as worker-0.leat:7070");
        }
    }

    private static @Nullable Integer port(String text) {
        try {
            int port = Integer.parseInt(text);
            return port >= 1 && port <= PORT_MAX ? port : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** What they must know, too. */
    public Token token() throws IOException {
        return token.token();
    }
}
