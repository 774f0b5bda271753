package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.PodFlags;
import dev.leat.kube.operator.Installation;
import java.net.InetAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code leat operator}. */
@Command(
        name = "operator",
        mixinStandardHelpOptions = true,
        description = {
            "Keeps datasets, runtimes and operations of a Kubernetes cluster; runs in a pod of it until it is told to end.",
            "It makes the pods that serve datasets, and takes their daemons' reports."
        },
        footer = {"", "Example: leat operator --image registry.example/leat:0.1.0"})
final class OperatorCommand implements Callable<Integer> {
    @Mixin
    private PodFlags pods = new PodFlags();

    @Option(
            names = "--service",
            paramLabel = "NAME",
            defaultValue = "leat-operator",
            description = "Service by which daemons find it. Default: ${DEFAULT-VALUE}.")
    private String service = "leat-operator";

    @Option(names = "--alone", description = "There is no other replica: does not ask who leads.")
    private boolean alone;

    @Option(
            names = "--install-definitions",
            description = "Only brings the custom resource definitions up to date, and ends.")
    private boolean installDefinitions;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws Exception {
        log.toStandardError();
        if (installDefinitions) {
            Installation.installDefinitions().forEach(name -> System.out.println(name + " is up to date"));
            return 0;
        }
        Installation installation = new Installation(
                pods.namespace(), InetAddress.getLocalHost().getHostName(), pods.listen(), service, !alone);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown, "end"));
        AutoCloseable running = installation.start(pods.pods());
        try {
            System.err.println("leat: the operator runs in " + installation.namespace());
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CliException.failed("interrupted");
        } finally {
            running.close();
        }
        return 0;
    }
}
