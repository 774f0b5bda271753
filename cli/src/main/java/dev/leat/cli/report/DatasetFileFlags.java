package dev.leat.cli.report;

import dev.leat.cli.CliException;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the operator gives its pods: the dataset, and where to report. */
public final class DatasetFileFlags {
    @Option(
            names = "--dataset",
            paramLabel = "FILE",
            description =
                    "Takes the sources, and the workers, from a file that the Kubernetes operator writes for its pods, and follows it when it changes. Default: none.")
    private @Nullable Path file;

    @Option(
            names = "--report",
            paramLabel = "URL",
            description =
                    "With --dataset: tells the operator there how this process is, and has the workers' secret from it unless --worker-token names a file. Default: nobody.")
    private @Nullable String report;

    @Option(
            names = "--report-token",
            paramLabel = "FILE",
            description =
                    "File with the token by which the operator knows this pod. Read for each report. Default: none.")
    private @Nullable Path token;

    @Option(
            names = "--report-ca",
            paramLabel = "FILE",
            description =
                    "PEM file of the authority that signed the operator's certificate. Default: those that Java trusts.")
    private @Nullable Path authority;

    /** The file; null if none was named. */
    public @Nullable Path file() {
        return file == null ? null : file.toAbsolutePath();
    }

    /** Who this process is, or null if it is no part of a dataset in a cluster. */
    public @Nullable PodSide side(String component, @Nullable String operation) throws IOException {
        Path of = file();
        if (of == null) {
            if (report != null) {
                throw CliException.misused("--report tells of a dataset; name its file with --dataset");
            }
            return null;
        }
        return PodSide.of(of, component, operation, report, token, authority, System.getenv());
    }
}
