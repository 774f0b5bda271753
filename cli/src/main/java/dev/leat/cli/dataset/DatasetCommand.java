package dev.leat.cli.dataset;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** {@code leat dataset}: what is sealed, and where. */
@Command(
        name = "dataset",
        mixinStandardHelpOptions = true,
        description = "Seals data into versions that never change, and tells what there is.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Example: leat dataset seal s3://bucket/imagenet --name imagenet --version v3 --registry s3://bucket/registry"
        })
public final class DatasetCommand implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    /** With its commands. */
    public static CommandLine line() {
        CommandLine seal = new CommandLine(new SealCommand());
        // Its --version is that of the data, so it has not the usual options.
        seal.getCommandSpec()
                .addOption(OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Show this help message and exit.")
                        .build());
        return new CommandLine(new DatasetCommand())
                .addSubcommand("seal", seal)
                .addSubcommand("ls", new ListCommand())
                .addSubcommand("show", new ShowCommand())
                .addSubcommand("tag", new TagCommand())
                .addSubcommand("diff", new DiffCommand())
                .addSubcommand("verify", new VerifyCommand())
                .addSubcommand("rm", new RemoveCommand())
                .addSubcommand("gc", new SweepCommand());
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "no command given; 'leat dataset --help' lists them");
        }
    }
}
