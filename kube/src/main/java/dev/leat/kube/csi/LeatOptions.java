package dev.leat.kube.csi;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Mount options of volumes written for Leat: names of {@code leat mount}'s options, and what mount(8) knows. */
final class LeatOptions {
    private static final Set<String> KERNEL = Set.of(
            "noatime",
            "nodiratime",
            "nodev",
            "nosuid",
            "noexec",
            "dev",
            "suid",
            "exec",
            "dirsync",
            "sync",
            "allow_other",
            "default_permissions");

    /** What decides which process serves where: the plugin's to say. */
    private static final Set<String> OURS = Set.of("subdir", "foreground", "daemon", "survive", "help", "version");

    private LeatOptions() {}

    /** The arguments for options, each one option or several with commas between them; a tier's commas are part of it. */
    static List<String> translate(List<String> options) throws CsiException {
        List<String> arguments = new ArrayList<>();
        for (String given : options) {
            List<String> each = given.startsWith("tier=") || given.startsWith("workers=")
                    ? List.of(given)
                    : JuiceFsOptions.split(List.of(given));
            for (String option : each) {
                one(option, arguments);
            }
        }
        return arguments;
    }

    private static void one(String option, List<String> arguments) throws CsiException {
        String name = option.replaceFirst("=.*", "");
        if (option.equals("ro")) {
            arguments.add("--read-only");
        } else if (KERNEL.contains(option)) {
            arguments.addAll(List.of("-o", option));
        } else if (OURS.contains(name) || !name.matches("[a-z][a-z-]*")) {
            throw CsiException.invalid("mount option '" + name + "' is not for volumes of Kubernetes");
        } else if (!option.equals("rw")) {
            arguments.add("--" + option);
        }
    }
}
