package dev.leat.cli.command;

import dev.leat.cli.doctor.Examination;
import dev.leat.cli.doctor.Finding;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code leat doctor}. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description =
                "Finds what this machine lacks, or does, that mounts would suffer from. Changes nothing; exits with "
                        + "1 if a mount cannot work.",
        footer = {"", "Example: leat doctor", "Example: leat doctor --json --cache-dir /nvme/leat"})
final class DoctorCommand implements Callable<Integer> {
    @Option(
            names = "--cache-dir",
            paramLabel = "DIR",
            description = "The cache's folder. Default: /var/cache/leat as root, else ~/.cache/leat/cache.")
    private @Nullable Path cacheDirectory;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        Path chosen = cacheDirectory;
        if (chosen == null) {
            chosen = System.getProperty("user.name", "").equals("root")
                    ? Path.of("/var/cache/leat")
                    : Path.of(System.getProperty("user.home", "/tmp"), ".cache", "leat", "cache");
        }
        List<Finding> findings = new Examination(chosen).run();
        if (json) {
            System.out.println(Json.pretty(findings.stream().map(Finding::facts).toList()));
        } else {
            for (Finding finding : findings) {
                System.out.printf(
                        Locale.ROOT,
                        "%-8s %s: %s%n",
                        finding.grade().name().toLowerCase(Locale.ROOT),
                        finding.subject(),
                        finding.text());
            }
        }
        return findings.stream().anyMatch(finding -> finding.grade() == Finding.Grade.FAILURE) ? 1 : 0;
    }
}
