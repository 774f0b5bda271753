package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.bench.Phase;
import dev.leat.cli.bench.StoreBench;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Json;
import dev.leat.store.OpenStore;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat objbench}. */
@Command(
        name = "objbench",
        mixinStandardHelpOptions = true,
        description =
                "Tries whether an object store does what Leat needs, and how fast. Works under a prefix of its own, "
                        + "which is removed. Exits with 1 if a check fails.",
        footer = {
            "",
            "Example: leat objbench file:///srv/leat",
            "Example: leat objbench s3://bucket/test --endpoint http://localhost:9000 --threads 16"
        })
final class ObjbenchCommand implements Callable<Integer> {
    @Parameters(paramLabel = "STORE", description = "file:///DIR or s3://BUCKET/PREFIX")
    private String url = "";

    @Option(
            names = "--small-objects",
            paramLabel = "COUNT",
            defaultValue = "200",
            description = "Objects of 128 KiB. Default: ${DEFAULT-VALUE}.")
    private int small = 200;

    @Option(
            names = "--big-objects",
            paramLabel = "COUNT",
            defaultValue = "32",
            description = "Objects of 4 MiB. Default: ${DEFAULT-VALUE}.")
    private int big = 32;

    @Option(
            names = "--threads",
            paramLabel = "COUNT",
            defaultValue = "8",
            description = "Requests at a time. Default: ${DEFAULT-VALUE}.")
    private int threads = 8;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private StoreFlags flags = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws Exception {
        log.toStandardError();
        if (small < 1 || big < 1 || threads < 1 || threads > 1024) {
            throw CliException.misused("--small-objects and --big-objects must be at least 1 and --threads 1 to 1024");
        }
        List<StoreBench.Check> checks;
        List<Phase> phases;
        try (OpenStore open = Stores.open(StoreUrl.parse(url), flags.options(Map.of(), false, StoreLimits.NONE))) {
            StoreBench bench = new StoreBench(open.store(), System.nanoTime());
            try {
                checks = bench.conformance();
                phases = bench.rates(small, big, threads);
            } finally {
                bench.clean();
            }
        }
        print(checks, phases);
        return checks.stream().allMatch(StoreBench.Check::passed) ? 0 : 1;
    }

    private void print(List<StoreBench.Check> checks, List<Phase> phases) {
        if (json) {
            List<Object> facts = new ArrayList<>();
            checks.forEach(check ->
                    facts.add(Map.of("check", check.name(), "passed", check.passed(), "detail", check.detail())));
            System.out.println(Json.pretty(Map.of("checks", facts, "phases", Phase.facts(phases))));
            return;
        }
        for (StoreBench.Check check : checks) {
            System.out.println((check.passed() ? "ok      " : "FAILED  ")
                    + check.name()
                    + (check.passed() ? "" : ": " + check.detail()));
        }
        System.out.println();
        System.out.println(Phase.table(phases));
    }
}
