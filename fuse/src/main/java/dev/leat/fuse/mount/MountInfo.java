package dev.leat.fuse.mount;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code /proc/self/mountinfo}.
 *
 * @param device {@code major:minor} of the file system
 * @param options of this mount, e.g. {@code rw,nosuid}
 * @param type e.g. {@code fuse.leat}
 * @param source e.g. {@code leat:data}
 * @param superOptions of the file system, the same for all its mounts
 */
public record MountInfo(
        String device, Path mountPoint, String options, String type, String source, String superOptions) {
    private static final Path TABLE = Path.of("/proc/self/mountinfo");

    /** All mounts that this process sees, in the order they were made. */
    public static List<MountInfo> all() throws IOException {
        return read(TABLE);
    }

    private static List<MountInfo> read(Path table) throws IOException {
        List<MountInfo> all = new ArrayList<>();
        for (String line : Files.readAllLines(table)) {
            all.add(parse(line));
        }
        return all;
    }

    /** Who still has this file system mounted, here at another place or in another mount namespace, as words for a message; null if nobody is found. */
    public @Nullable String elsewhere() throws IOException {
        for (MountInfo mount : all()) {
            if (isSame(mount)) {
                return "at " + mount.mountPoint();
            }
        }
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (isMountedBy(process)) {
                    return "in the mount namespace of process " + process.getFileName();
                }
            }
        }
        return null;
    }

    private boolean isMountedBy(Path process) {
        try {
            return read(process.resolve("mountinfo")).stream().anyMatch(this::isSame);
        } catch (IOException e) {
            // It has ended, or is somebody else's.
            return false;
        }
    }

    private boolean isSame(MountInfo other) {
        return other.device().equals(device) && other.type().equals(type);
    }

    /** The topmost mount at exactly this path. Does not touch the path itself. */
    public static Optional<MountInfo> at(Path path) throws IOException {
        Path absolute = path.toAbsolutePath().normalize();
        return all().stream()
                .filter(mount -> mount.mountPoint().equals(absolute))
                .reduce((lower, upper) -> upper);
    }

    /** Reads one line; fields are separated by blanks, with a variable number of tags before a lone dash. */
    static MountInfo parse(String line) {
        String[] fields = line.split(" ");
        int dash = 6;
        while (dash < fields.length && !fields[dash].equals("-")) {
            dash++;
        }
        if (dash + 3 >= fields.length) {
            throw new IllegalArgumentException("not a line of mountinfo: " + line);
        }
        return new MountInfo(
                fields[2],
                Path.of(unescape(fields[4])),
                fields[5],
                unescape(fields[dash + 1]),
                unescape(fields[dash + 2]),
                unescape(fields[dash + 3]));
    }

    /** Blank, tab, newline and backslash are written as a backslash and three octal digits. */
    private static String unescape(String field) {
        if (field.indexOf('\\') < 0) {
            return field;
        }
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\' && i + 3 < field.length()) {
                plain.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                plain.append(c);
            }
        }
        return plain.toString();
    }
}
