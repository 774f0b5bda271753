package dev.leat.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** The version of this program, from its jar. */
public final class Version implements CommandLine.IVersionProvider {
    /** What {@code leat version} prints after the name. */
    public static String text() {
        @Nullable String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"leat " + text()};
    }
}
