package dev.leat.cli.dataset;

import dev.leat.cache.ByteSize;
import dev.leat.store.StoreLimits;
import picocli.CommandLine.Option;

/** How much of a source a command may use. */
final class SourceLimitFlags {
    @Option(
            names = "--requests-in-flight",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Most requests to the source at a time; 0 for as many as it likes. Default: ${DEFAULT-VALUE}.")
    private int requestsInFlight;

    @Option(
            names = "--request-limit",
            paramLabel = "N",
            defaultValue = "0",
            description = "Most requests to the source in a second; 0 for no limit. Default: ${DEFAULT-VALUE}.")
    private long requestLimit;

    @Option(
            names = "--download-limit",
            paramLabel = "SIZE",
            defaultValue = "0B",
            description = "Most bytes a second read from the source, such as 100MiB; 0B for no limit.")
    private String downloadLimit = "0B";

    StoreLimits limits() {
        return new StoreLimits(requestsInFlight, requestLimit, 0, ByteSize.parse(downloadLimit));
    }
}
