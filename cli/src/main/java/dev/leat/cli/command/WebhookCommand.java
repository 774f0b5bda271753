package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.PodFlags;
import dev.leat.kube.webhook.Webhook;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code leat webhook}. */
@Command(
        name = "webhook",
        mixinStandardHelpOptions = true,
        description = {
            "Steers new pods of a Kubernetes cluster to the nodes that hold their datasets; runs in a pod until it is told to end.",
            "It never refuses a pod."
        },
        footer = {"", "Example: leat webhook --image registry.example/leat:0.1.0 --configuration leat-webhook"})
final class WebhookCommand implements Callable<Integer> {
    /** Sidecars find the operator's certificate in the dataset's ConfigMap; the text itself is not needed here. */
    private static final String REPORT_CA = "";

    @Mixin
    private PodFlags pods = new PodFlags();

    @Option(
            names = "--service",
            paramLabel = "NAME",
            defaultValue = "leat-webhook",
            description = "Service by which the API server finds it. Default: ${DEFAULT-VALUE}.")
    private String service = "leat-webhook";

    @Option(
            names = "--report-service",
            paramLabel = "NAME",
            defaultValue = "leat-operator",
            description = "Service of the operator, for the mounts of sidecars. Default: ${DEFAULT-VALUE}.")
    private String reportService = "leat-operator";

    @Option(
            names = "--configuration",
            paramLabel = "NAME",
            description = "MutatingWebhookConfiguration that is given the certificate. Default: none.")
    private @Nullable String configuration;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws Exception {
        log.toStandardError();
        String namespace = pods.namespace();
        String reports = "https://" + reportService + "." + namespace + ".svc:"
                + pods.listen().getPort();
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown, "end"));
        try (Webhook running = Webhook.start(
                pods.listen(), namespace, service, configuration, pods.pods().settings(reports, REPORT_CA))) {
            System.err.println("leat: the webhook answers at port " + running.port());
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CliException.failed("interrupted");
        }
        return 0;
    }
}
