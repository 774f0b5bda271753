package dev.leat.cli.option;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How large something may become: {@code --capacity} and {@code --inodes}. */
public final class LimitFlags {
    @Option(names = "--capacity", paramLabel = "SIZE", description = "Most bytes, such as 500GiB; 0 for no limit.")
    private @Nullable String capacity;

    @Option(names = "--inodes", paramLabel = "N", description = "Most files and directories; 0 for no limit.")
    private @Nullable Long inodes;

    /** Whether either was given. */
    public boolean given() {
        return capacity != null || inodes != null;
    }

    /** Most bytes, 0 for no limit; null if it was not given. */
    public @Nullable Long capacityBytes() {
        if (capacity == null) {
            return null;
        }
        // Nothing has no unit.
        return capacity.strip().equals("0") ? Long.valueOf(0) : Long.valueOf(ByteSize.parse(capacity));
    }

    /** Most inodes, 0 for no limit; null if it was not given. */
    public @Nullable Long inodes() {
        if (inodes != null && inodes < 0) {
            throw CliException.misused("--inodes must not be negative; 0 means no limit");
        }
        return inodes;
    }
}
