package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.option.CacheFlags;
import dev.leat.cli.option.Durations;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.option.TokenFlags;
import dev.leat.cli.report.DatasetFileFlags;
import dev.leat.cli.worker.WorkerDaemon;
import dev.leat.cli.worker.WorkerRequest;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat worker}. */
@Command(
        name = "worker",
        mixinStandardHelpOptions = true,
        description =
                "Serves a cache to mounts on other machines, which ask it before they ask the store: however many they "
                        + "are, each byte is fetched once. Runs until it is told to end.",
        footer = {
            "",
            "Example: leat worker redis://meta:6379/1 --listen 0.0.0.0:7070 --worker-token /etc/leat/token --cache-dir /nvme/leat",
            "Example: leat mount redis://meta:6379/1 /mnt/v --workers node1:7070,node2:7070 --worker-token /etc/leat/token"
        })
final class WorkerCommand implements Callable<Integer> {
    private static final int PORT_MAX = 65_535;

    @Parameters(
            arity = "0..*",
            paramLabel = "SOURCE",
            description =
                    "What is served, as it is mounted: metadata URLs of volumes, addresses of data in place. Left out with --dataset.")
    private List<String> sources = new ArrayList<>();

    @Option(
            names = "--listen",
            paramLabel = "[HOST:]PORT",
            defaultValue = "127.0.0.1:7070",
            description = "Where mounts connect; without HOST on this host alone, with port 0 at a free port. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String listen = "127.0.0.1:7070";

    @Option(
            names = "--connections",
            paramLabel = "COUNT",
            defaultValue = "1024",
            description = "Most connections of mounts, each of which has up to 16. Default: ${DEFAULT-VALUE}.")
    private int connections = 1024;

    @Option(
            names = "--drain",
            paramLabel = "DURATION",
            defaultValue = "30s",
            description = "How long requests may take to be answered when the worker is told to end. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String drain = "30s";

    @Option(
            names = "--metrics",
            paramLabel = "[HOST:]PORT",
            description =
                    "Serves Prometheus metrics at http://HOST:PORT/metrics; without HOST on this host alone. Default: off.")
    private @Nullable String metrics;

    @Mixin
    private DatasetFileFlags inCluster = new DatasetFileFlags();

    @Mixin
    private CacheFlags cache = new CacheFlags();

    @Mixin
    private TokenFlags token = new TokenFlags();

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws Exception {
        log.toForeground();
        if (connections < 1) {
            throw CliException.misused("--connections " + connections + " serves nobody; write at least 1");
        }
        if (sources.isEmpty() == (inCluster.file() == null)) {
            throw CliException.misused(
                    sources.isEmpty()
                            ? "name what is to be served, a SOURCE or more"
                            : "--dataset names the sources; leave out " + sources.getFirst());
        }
        WorkerRequest request = new WorkerRequest(
                sources,
                inCluster.file(),
                inCluster.side("worker", null),
                address(),
                token.token(),
                connections,
                Durations.parse(drain),
                cache,
                store,
                metrics);
        try (WorkerDaemon worker = WorkerDaemon.start(request)) {
            System.out.println(worker.announcement());
            System.out.flush();
            worker.awaitEnd();
        }
        return 0;
    }

    private InetSocketAddress address() {
        int colon = listen.lastIndexOf(':');
        String host = colon <= 0 ? "127.0.0.1" : listen.substring(0, colon).replaceAll("^\\[|\\]$", "");
        int port = -1;
        try {
            port = Integer.parseInt(listen.substring(colon + 1));
        } catch (NumberFormatException e) {
            port = -1;
        }
        if (port < 0 || port > PORT_MAX) {
            throw CliException.misused(
                    "--listen " + listen + " is no address; write HOST:PORT or PORT, such as 0.0.0.0:7070");
        }
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw CliException.failed(
                    "--listen " + listen + ": the host is not known; name one of this machine's addresses");
        }
        return address;
    }
}
