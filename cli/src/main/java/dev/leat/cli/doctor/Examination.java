package dev.leat.cli.doctor;

import dev.leat.cache.ByteSize;
import dev.leat.sys.Processes;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks at this machine: kernel, FUSE, limits, cache disk, Java. Changes nothing. */
public final class Examination {
    private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");

    /** First kernels that have it. */
    private static final int[] FUSE_PASSTHROUGH = {6, 9};

    private static final int[] FILE_BACKED_EROFS = {6, 12};
    private static final int[] OLDEST = {5, 14};

    /** Below this, a mount with many open files fails with "too many open files". */
    private static final long OPEN_FILES_WANTED = 65_536;

    /** Bytes free below which a cache is of little use. */
    private static final long FREE_WANTED_BYTES = 10L << 30;

    /** File systems that the cache was not made for: on the network, or in memory under another name. */
    private static final Set<String> UNSUITED = Set.of("nfs", "nfs4", "cifs", "smb3", "overlay", "fuse", "9p");

    private final Path cacheDirectory;
    private final boolean root = Processes.geteuid() == 0;
    private final List<Finding> findings = new ArrayList<>();

    public Examination(Path cacheDirectory) {
        this.cacheDirectory = cacheDirectory.toAbsolutePath().normalize();
    }

    /** Looks everywhere. */
    public List<Finding> run() throws IOException {
        findings.add(Finding.ok(
                "java",
                System.getProperty("java.vm.name") + " " + Runtime.version() + " at "
                        + System.getProperty("java.home")));
        kernel();
        fuse();
        limits();
        requestTimeouts();
        cacheDisk();
        clock();
        return findings;
    }

    private void kernel() throws IOException {
        String release = read(Path.of("/proc/sys/kernel/osrelease"));
        Matcher matcher = RELEASE.matcher(release == null ? "" : release);
        if (!matcher.matches()) {
            findings.add(Finding.warning("kernel", "its version cannot be told from '" + release + "'"));
            return;
        }
        int[] version = {Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))};
        findings.add(
                atLeast(version, OLDEST)
                        ? Finding.ok("kernel", "Linux " + release)
                        : Finding.warning(
                                "kernel", "Linux " + release + " is older than what Leat is tested on (5.14)"));
        findings.add(
                atLeast(version, FUSE_PASSTHROUGH)
                        ? Finding.ok(
                                "passthrough",
                                "the kernel can read cached files by itself (Linux 6.9 and newer)"
                                        + (root ? ", for read-only mounts" : "; only root's read-only mounts have it"))
                        : Finding.note("passthrough", "needs Linux 6.9; all reads go through the daemon"));
        String known = read(Path.of("/proc/filesystems"));
        boolean erofs = known != null && known.contains("erofs");
        findings.add(
                atLeast(version, FILE_BACKED_EROFS)
                        ? Finding.ok(
                                "erofs",
                                "file-backed mounts (Linux 6.12 and newer)"
                                        + (erofs ? "" : "; its module is not loaded at present"))
                        : Finding.note("erofs", "file-backed mounts need Linux 6.12"));
    }

    private static boolean atLeast(int[] version, int[] wanted) {
        return version[0] > wanted[0] || (version[0] == wanted[0] && version[1] >= wanted[1]);
    }

    private void fuse() {
        Path device = Path.of("/dev/fuse");
        if (!Files.exists(device)) {
            findings.add(
                    Finding.failure("/dev/fuse", "missing: 'modprobe fuse', or give the container --device /dev/fuse"));
        } else if (!Files.isReadable(device) || !Files.isWritable(device)) {
            findings.add(Finding.failure("/dev/fuse", "may not be opened by this user: chmod 666 /dev/fuse"));
        } else {
            findings.add(Finding.ok("/dev/fuse", "can be opened"));
        }
        boolean helper = Stream.of(
                        System.getenv().getOrDefault("PATH", "/usr/bin:/bin").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "fusermount3")));
        if (helper) {
            findings.add(Finding.ok("fusermount3", "ordinary users can mount"));
        } else {
            String text = "missing: only root can mount; install fuse3 (Debian: apt-get install fuse3)";
            findings.add(root ? Finding.note("fusermount3", text) : Finding.failure("fusermount3", text));
        }
    }

    private void limits() throws IOException {
        String limits = read(Path.of("/proc/self/limits"));
        Matcher matcher = Pattern.compile("Max open files\\s+(\\S+)\\s+(\\S+)").matcher(limits == null ? "" : limits);
        if (matcher.find()) {
            String soft = matcher.group(1);
            boolean enough = soft.equals("unlimited") || Long.parseLong(soft) >= OPEN_FILES_WANTED;
            findings.add(
                    enough
                            ? Finding.ok("open files", "limit " + soft)
                            : Finding.warning(
                                    "open files",
                                    "limit " + soft + " is low for a mount: 'ulimit -n 1048576', "
                                            + "or LimitNOFILE in the unit"));
        }
    }

    private void requestTimeouts() throws IOException {
        for (String name : List.of("default_request_timeout", "max_request_timeout")) {
            String value = read(Path.of("/proc/sys/fs/fuse", name));
            if (value != null && !value.equals("0")) {
                findings.add(Finding.warning(
                        "fs.fuse." + name,
                        value + " s: the kernel ends the whole mount when one request takes longer; set it to 0, or "
                                + "well above --request-timeout"));
            }
        }
    }

    private void cacheDisk() throws IOException {
        Path at = cacheDirectory;
        while (!Files.exists(at) && at.getParent() != null) {
            at = at.getParent();
        }
        FileStore store = Files.getFileStore(at);
        String subject = "cache at " + cacheDirectory;
        String facts = store.type() + ", " + ByteSize.format(store.getUsableSpace()) + " free of "
                + ByteSize.format(store.getTotalSpace());
        if (!Files.isWritable(at)) {
            findings.add(Finding.failure(subject, "cannot be written by this user; choose another --cache-dir"));
        } else if (UNSUITED.contains(store.type()) || store.type().startsWith("fuse")) {
            findings.add(Finding.warning(subject, facts + ": not a local disk; choose another --cache-dir"));
        } else if (store.getUsableSpace() < FREE_WANTED_BYTES) {
            findings.add(Finding.warning(subject, facts + ": little room for a cache"));
        } else {
            findings.add(Finding.ok(subject, facts));
        }
        if (mountOptions(at).contains("discard")) {
            findings.add(Finding.note(
                    subject,
                    "mounted with discard, which makes giving space back slow; a periodic fstrim is the better way"));
        }
    }

    /** Options of the file system that holds a path. */
    private static List<String> mountOptions(Path path) throws IOException {
        String best = "";
        List<String> options = List.of();
        for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
            String[] fields = line.split(" ");
            if (fields.length > 3 && path.startsWith(Path.of(fields[1])) && fields[1].length() >= best.length()) {
                best = fields[1];
                options = List.of(fields[3].split(","));
            }
        }
        return options;
    }

    private void clock() throws IOException {
        String source = read(Path.of("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
        if (source == null) {
            return;
        }
        boolean slow = source.equals("hpet") || source.equals("acpi_pm");
        findings.add(
                slow
                        ? Finding.warning(
                                "clock", source + " is slow to read and costs small reads dearly; use tsc or kvm-clock")
                        : Finding.ok("clock", source));
    }

    private static @Nullable String read(Path path) throws IOException {
        return Files.isReadable(path) ? Files.readString(path).strip() : null;
    }
}
