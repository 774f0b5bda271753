package dev.leat.cli.command;

import dev.leat.cli.Version;
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
                .addSubcommand(new QuickstartCommand())
                .addSubcommand(new FormatCommand())
                .addSubcommand(new MountCommand())
                .addSubcommand(new UmountCommand())
                .addSubcommand(new StatusCommand())
                .addSubcommand(new InfoCommand())
                .addSubcommand(new SummaryCommand())
                .addSubcommand(new FlushCommand())
                .addSubcommand(new ConfigCommand())
                .addSubcommand(new QuotaCommand())
                .addSubcommand(new CloneCommand())
                .addSubcommand(new RmrCommand())
                .addSubcommand(new CompactCommand())
                .addSubcommand(new TrashCommand())
                .addSubcommand(new RestoreCommand())
                .addSubcommand(new GcCommand())
                .addSubcommand(new FsckCommand())
                .addSubcommand(new DumpCommand())
                .addSubcommand(new LoadCommand())
                .addSubcommand(new DestroyCommand())
                .addSubcommand(new WarmupCommand())
                .addSubcommand(new StatsCommand())
                .addSubcommand(new MdtestCommand())
                .addSubcommand(new ObjbenchCommand())
                .addSubcommand(new DoctorCommand())
                .addSubcommand(new CompletionCommand())
                .addSubcommand(new VersionCommand())
                .addSubcommand(new TrainCommand())
                .addSubcommand(new ManCommand())
                .line();
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setDefaultValueProvider(new Defaults(System.getenv()));
        line.setUsageHelpAutoWidth(true);
        line.getSubcommands().values().forEach(each -> each.getCommandSpec().versionProvider(new Version()));
        return line;
    }
}
