package dev.leat.kube.operator;

import dev.leat.kube.model.Settings;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The operator: reconcilers that read informers, and the server that takes the reports of daemons. One of several replicas leads;
 * the others hold their informers' caches warm and wait.
 */
final class LeatOperator implements AutoCloseable {
    /** A leader that is gone is followed within this time, plus one attempt. */
    private static final Duration LEASE = Duration.ofSeconds(15);

    private static final Duration RENEW = Duration.ofSeconds(10);
    private static final Duration RETRY = Duration.ofSeconds(2);
    private static final String LEASE_NAME = "leat-operator";

    private final Operator operator;
    private final ReportServer server;

    /**
     * How an operator runs.
     *
     * @param settings of the pods that it makes
     * @param listen where it takes reports
     * @param tls for that, or null for none
     * @param leaseNamespace where replicas agree on who leads, or null if there is only one
     * @param identity of this replica
     * @param key by which the secrets of workers are made
     */
    record Options(
            Settings settings,
            InetSocketAddress listen,
            @Nullable SSLContext tls,
            @Nullable String leaseNamespace,
            String identity,
            WorkerKey key) {}

    private LeatOperator(Operator operator, ReportServer server) {
        this.operator = operator;
        this.server = server;
    }

    /** Starts; returns when it leads or waits to lead. */
    static LeatOperator start(KubernetesClient client, Options options) throws IOException {
        if (options.leaseNamespace() != null) {
            LeaderLease.prepare(client, options.leaseNamespace(), LEASE_NAME, LEASE);
        }
        Clock clock = Clock.systemUTC();
        ReportBook book = new ReportBook(clock);
        Parts parts = new Parts(options.settings(), book, new Notices(client, clock), new NodeLabels(client), clock);
        AtomicBoolean leading = new AtomicBoolean(options.leaseNamespace() == null);
        Operator operator = new Operator(configuration -> configure(configuration, client, options, leading));
        operator.register(new DatasetReconciler(parts));
        operator.register(new AlluxioReconciler(parts));
        operator.register(new JuiceFsReconciler(parts));
        operator.register(new ThinReconciler(parts));
        operator.register(new LoadReconciler(parts));
        operator.register(new ProcessReconciler(parts));
        for (Reconciler<?> unserved : Unserved.all(parts)) {
            operator.register(unserved);
        }
        ReportServer server = new ReportServer(
                options.listen(), options.tls(), new Callers(client, clock), book, leading::get, options.key());
        operator.start();
        return new LeatOperator(operator, server);
    }

    private static void configure(
            ConfigurationServiceOverrider configuration,
            KubernetesClient client,
            Options options,
            AtomicBoolean leading) {
        configuration
                .withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withExecutorService(Executors.newVirtualThreadPerTaskExecutor())
                .withUseSSAToPatchPrimaryResource(true)
                .checkingCRDAndValidateLocalModel(false)
                // An API server that is busy or away while it starts is asked again, as later.
                .withStopOnInformerErrorDuringStartup(false)
                .withReconciliationTerminationTimeout(Duration.ofSeconds(5));
        if (options.leaseNamespace() != null) {
            configuration.withLeaderElectionConfiguration(new LeaderElectionConfiguration(
                    LEASE_NAME,
                    options.leaseNamespace(),
                    LEASE,
                    RENEW,
                    RETRY,
                    options.identity(),
                    new LeaderCallbacks(() -> leading.set(true), () -> leading.set(false), _ -> {}),
                    true));
        }
    }

    /** The port on which reports are taken. */
    int reportPort() {
        return server.port();
    }

    @Override
    public void close() {
        server.close();
        operator.stop();
    }
}
