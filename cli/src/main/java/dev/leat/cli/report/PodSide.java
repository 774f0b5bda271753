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
 * @param dataset name of the dataset
 * @param component {@code worker}, {@code fuse} or {@code load}
 * @param pod name of the pod
 * @param node name of the node, if it is known
 * @param operation name of the operation that it works for, or null
 * @param url where reports go, or null for nowhere
 * @param token file with the pod's token, or null
 * @param authority PEM file of who signed the operator's certificate, or null
 */
public record PodSide(
        String dataset,
        String component,
        String pod,
        @Nullable String node,
        @Nullable String operation,
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
        return new PodSide(name, component, pod, environment.get("LEAT_NODE"), operation, url, token, authority);
    }

    /** A report that says no more than whether a read works. */
    public DaemonReport bare(@Nullable String problem) {
        return new DaemonReport(
                dataset,
                component,
                pod,
                node,
                operation,
                problem == null,
                problem,
                null,
                null,
                null,
                null,
                null,
                false,
                null,
                null,
                null);
    }

    /** Begins to report; null if nobody wants to know. */
    public @Nullable Reporter reporter(String problem) {
        return url == null ? null : new Reporter(new ReportClient(url, token, authority), () -> bare(problem));
    }
}
