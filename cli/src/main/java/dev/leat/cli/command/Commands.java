package dev.leat.cli.command;

import dev.leat.cli.Version;
import dev.leat.cli.dataset.DatasetCommand;
import dev.leat.cli.option.Defaults;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** The list of commands. */
public final class Commands {
    private Commands() {}

    /** A command line with the command that {@code arguments} call, or with every command if they call none of them. */
    public static CommandLine create(Object root, String... arguments) {
        String called = arguments.length == 0 || arguments[0].startsWith("-") ? null : arguments[0];
        CommandLine line = create(root, called);
        return called == null || line.getSubcommands().containsKey(called) ? line : create(root, (String) null);
    }

    private static CommandLine create(Object root, @Nullable String only) {
        CommandLine line = new CommandList(new CommandLine(root), only)
                .add("quickstart", QuickstartCommand::new)
                .add("format", FormatCommand::new)
                .add("mount", MountCommand::new)
                .add("umount", UmountCommand::new)
                .add("status", StatusCommand::new)
                .add("info", InfoCommand::new)
                .add("summary", SummaryCommand::new)
                .add("flush", FlushCommand::new)
                .add("config", ConfigCommand::new)
                .add("quota", QuotaCommand::new)
                .add("clone", CloneCommand::new)
                .add("rmr", RmrCommand::new)
                .add("compact", CompactCommand::new)
                .add("trash", TrashCommand::new)
                .add("restore", RestoreCommand::new)
                .add("gc", GcCommand::new)
                .add("fsck", FsckCommand::new)
                .add("dump", DumpCommand::new)
                .add("load", LoadCommand::new)
                .add("destroy", DestroyCommand::new)
                .add("warmup", WarmupCommand::new)
                .add("shard", ShardCommand::new)
                .add("dataset", DatasetCommand::line)
                .add("stats", StatsCommand::new)
                .add("top", TopCommand::new)
                .add("profile", ProfileCommand::new)
                .add("bench", BenchCommand::new)
                .add("mdtest", MdtestCommand::new)
                .add("objbench", ObjbenchCommand::new)
                .add("doctor", DoctorCommand::new)
                .add("worker", WorkerCommand::new)
                .add("csi", CsiCommand::new)
                .add("operator", OperatorCommand::new)
                .add("webhook", WebhookCommand::new)
                .add("completion", CompletionCommand::new)
                .add("version", VersionCommand::new)
                .add("train", TrainCommand::new)
                .add("man", ManCommand::new)
                .line();
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setDefaultValueProvider(new Defaults(System.getenv()));
        line.setUsageHelpAutoWidth(true);
        tellVersion(line);
        return line;
    }

    private static void tellVersion(CommandLine line) {
        for (CommandLine each : line.getSubcommands().values()) {
            each.getCommandSpec().versionProvider(new Version());
            tellVersion(each);
        }
    }
}
