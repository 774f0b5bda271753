package dev.leat.cli.option;

import dev.leat.cli.CliException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a sealed version is mounted. */
public final class VersionFlags {
    /** By what a version is served. */
    public enum Serving {
        /** By this process. */
        FUSE,
        /** By the kernel, from an image. */
        EROFS,
        /** By the kernel if it can, else by this process. */
        AUTO
    }

    @Mixin
    private RegistryFlags registry = new RegistryFlags();

    @Option(
            names = "--serve",
            paramLabel = "fuse|auto",
            description =
                    "Of a sealed version: by what it is served; 'fuse' = this process, which the kernel asks nothing "
                            + "twice; 'auto' = the fastest way there is, in this version fuse. Default: auto.")
    private @Nullable String serve;

    /** The option that was given, if any: they say nothing about what is not sealed. */
    public @Nullable String given() {
        return serve != null ? "--serve" : null; // a registry may be set for all commands
    }

    /** Where versions are kept. */
    public RegistryFlags registry() {
        return registry;
    }

    /** By what the version is to be served. */
    public Serving serving() {
        String text = serve;
        if (text == null) {
            return Serving.AUTO;
        }
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "fuse" -> Serving.FUSE;
            case "erofs" -> Serving.EROFS;
            case "auto" -> Serving.AUTO;
            default -> throw CliException.misused("--serve " + text + " is not known; write 'fuse' or 'auto'");
        };
    }
}
