package dev.leat.fuse.mount;

import dev.leat.sys.MountCalls;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Options of a mount as mount(8) spells them.
 *
 * @param name what the source column shows after {@code leat:}
 * @param subtype what the type column shows after {@code fuse.}
 * @param allowOther whether other users may enter
 * @param defaultPermissions whether the kernel checks modes and ACLs
 * @param maxReadBytes longest READ, or 0 for the protocol's limit
 * @param flags options of every file system that differ from the default, e.g. {@code ro}, {@code noatime}
 */
public record MountOptions(
        String name,
        String subtype,
        boolean allowOther,
        boolean defaultPermissions,
        int maxReadBytes,
        Set<String> flags) {

    /** The program's name: the subtype, and the prefix of the source. */
    private static final String PROGRAM = "leat";

    /** Options that set a flag of mount(2). */
    private static final Map<String, Long> SETTING = Map.of(
            "ro", MountCalls.MS_RDONLY,
            "nosuid", MountCalls.MS_NOSUID,
            "nodev", MountCalls.MS_NODEV,
            "noexec", MountCalls.MS_NOEXEC,
            "sync", MountCalls.MS_SYNCHRONOUS,
            "dirsync", MountCalls.MS_DIRSYNC,
            "noatime", MountCalls.MS_NOATIME);

    /** Options that take one back. */
    private static final Map<String, String> CLEARING =
            Map.of("rw", "ro", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "async", "sync", "atime", "noatime");

    /** Words that only mean something to mount(8) and fstab(5). */
    private static final Set<String> IGNORED = Set.of("defaults", "_netdev", "nofail", "auto", "noauto");

    /** Refuses names that the option string of the kernel cannot carry. */
    public MountOptions {
        flags = Set.copyOf(flags);
        for (String word : List.of(name, subtype)) {
            if (word.isEmpty() || word.chars().anyMatch(c -> c == ',' || c == '\\' || c <= ' ')) {
                throw new IllegalArgumentException(
                        "mount name '" + word + "' must not be empty nor contain commas, backslashes or blanks");
            }
        }
    }

    /**
     * The defaults: for root everybody may enter, the kernel checks permissions, device files and set-user-id work;
     * for an ordinary user none of this.
     */
    public static MountOptions defaults(String name, boolean root) {
        return new MountOptions(name, PROGRAM, root, root, 0, root ? Set.of() : Set.of("nosuid", "nodev"));
    }

    /**
     * Applies a comma-separated list, e.g. {@code ro,noatime,allow_other,max_read=131072}.
     *
     * @throws IllegalArgumentException naming the option that is not known or not well formed
     */
    public MountOptions apply(String list) {
        MountOptions result = this;
        for (String option : list.split(",")) {
            if (!option.isBlank()) {
                result = result.applyOne(option.strip());
            }
        }
        return result;
    }

    private MountOptions applyOne(String option) {
        int equals = option.indexOf('=');
        String key = equals < 0 ? option : option.substring(0, equals);
        String value = equals < 0 ? "" : option.substring(equals + 1);
        Set<String> changed = new LinkedHashSet<>(flags);
        if (equals < 0 && SETTING.containsKey(key)) {
            changed.add(key);
            return with(changed);
        }
        String cleared = equals < 0 ? CLEARING.get(key) : null;
        if (cleared != null) {
            changed.remove(cleared);
            return with(changed);
        }
        if (equals < 0 && IGNORED.contains(key)) {
            return this;
        }
        return switch (key) {
            case "allow_other" -> new MountOptions(name, subtype, true, defaultPermissions, maxReadBytes, flags);
            case "default_permissions" -> new MountOptions(name, subtype, allowOther, true, maxReadBytes, flags);
            case "max_read" -> new MountOptions(name, subtype, allowOther, defaultPermissions, maxRead(value), flags);
            case "fsname" -> new MountOptions(value, subtype, allowOther, defaultPermissions, maxReadBytes, flags);
            case "subtype" -> new MountOptions(name, value, allowOther, defaultPermissions, maxReadBytes, flags);
            default ->
                throw new IllegalArgumentException("unknown mount option '" + option + "'; known are " + known());
        };
    }

    /** Whether writing is forbidden. */
    public boolean readOnly() {
        return flags.contains("ro");
    }

    /** Whether programs cannot be run from it. */
    public boolean isNoexec() {
        return flags.contains("noexec");
    }

    /** What the source column of the mount table shows. */
    public String source() {
        return PROGRAM + ":" + name;
    }

    /** What the type column shows. */
    public String type() {
        return "fuse." + subtype;
    }

    /** The flags of mount(2). */
    long mountFlags() {
        long bits = 0;
        for (String flag : flags) {
            bits |= SETTING.getOrDefault(flag, 0L);
        }
        return bits;
    }

    /** The kernel's own options, after {@code fd=N}. */
    String kernelData(int uid, int gid) {
        StringBuilder data = new StringBuilder(",rootmode=40000,user_id=" + uid + ",group_id=" + gid);
        for (String option : ownOptions()) {
            data.append(',').append(option);
        }
        return data.toString();
    }

    /** The option list of fusermount3. */
    String helperOptions() {
        List<String> words = new ArrayList<>(ownOptions());
        words.addAll(flags);
        words.add("fsname=" + source());
        words.add("subtype=" + subtype);
        return String.join(",", words);
    }

    private List<String> ownOptions() {
        List<String> present = new ArrayList<>();
        if (allowOther) {
            present.add("allow_other");
        }
        if (defaultPermissions) {
            present.add("default_permissions");
        }
        if (maxReadBytes > 0) {
            present.add("max_read=" + maxReadBytes);
        }
        return present;
    }

    private MountOptions with(Set<String> changed) {
        return new MountOptions(name, subtype, allowOther, defaultPermissions, maxReadBytes, changed);
    }

    private static int maxRead(String value) {
        try {
            int bytes = Integer.parseInt(value);
            if (bytes >= 4096) {
                return bytes;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("max_read=" + value + " is not a number of bytes", e);
        }
        throw new IllegalArgumentException("max_read=" + value + " is less than one page of 4096 bytes");
    }

    private static String known() {
        Set<String> words = new TreeSet<>(SETTING.keySet());
        words.addAll(CLEARING.keySet());
        words.addAll(List.of("allow_other", "default_permissions", "max_read=BYTES", "fsname=NAME", "subtype=NAME"));
        return String.join(", ", words);
    }
}
