package dev.leat.cli.report;

import dev.leat.cli.CliException;
import dev.leat.cli.option.TreeFile;
import dev.leat.kube.report.DaemonReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who a daemon is in the cluster: which part of which dataset, in which pod.
 *
 * @param daemon which part of which dataset, in which pod
 * @param url where reports go, or null for nowhere
 * @param token file with the pod's token, or null
 * @param authority PEM file of who signed the operator's certificate, or null
 */
public record PodSide(
        DaemonReport.Daemon daemon,
        @Nullable String url,
        @Nullable Path token,
        @Nullable Path authority) {
    /**
     * That of this process.
     *
     * @param file the file that says what the dataset is
     * @param environment where Kubernetes names pod and node
     */
    static PodSide of(
            Path file,
            String component,
            @Nullable String operation,
            @Nullable String url,
            @Nullable Path token,
            @Nullable Path authority,
            Map<String, String> environment)
            throws IOException {
        TreeFile tree = TreeFile.parse(file.toString(), Files.readString(file));
        String name = tree.dataset();
        if (name == null) {
            throw CliException.misused("--dataset " + file + " names no dataset; mount such a file as the source");
        }
        String pod = environment.getOrDefault("LEAT_POD", environment.getOrDefault("HOSTNAME", ""));
        if (url != null && pod.isEmpty()) {
            throw CliException.misused("--report needs the name of the pod in the environment as LEAT_POD");
        }
        DaemonReport.Daemon daemon =
                new DaemonReport.Daemon(name, component, pod, environment.get("LEAT_NODE"), operation);
        return new PodSide(daemon, url, token, authority);
    }

    /** A report that says no more than whether a read works. */
    public DaemonReport bare(@Nullable String problem) {
        return DaemonReport.of(daemon, problem);
    }

    /** The name of the dataset. */
    public String dataset() {
        return daemon.dataset();
    }

    /** Begins to ask for the secret of the dataset's workers; null if nobody could give it. */
    public @Nullable OperatorSecret secret() {
        return url == null ? null : new OperatorSecret(new ReportClient(url, token, authority), dataset());
    }

    /** Begins to report; null if nobody wants to know. */
    public @Nullable Reporter reporter(String problem) {
        return url == null ? null : new Reporter(new ReportClient(url, token, authority), () -> bare(problem));
    }
}
