package dev.leat.kube.csi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The mounts that this process sees. Looking at the table never touches a mount, so one that is dead does no harm. */
final class MountTable {
    private static final int DEVICE = 2;
    private static final int POINT = 4;
    private static final int OPTIONS = 5;

    private final Path table;

    MountTable(Path table) {
        this.table = table;
    }

    /** That of this process. */
    static MountTable own() {
        return new MountTable(Path.of("/proc/self/mountinfo"));
    }

    /**
     * One mount.
     *
     * @param device number of its file system: the same for all bind mounts of one
     * @param point where it is
     * @param type of file system
     * @param readOnly whether this mount of it is
     */
    record Mounted(String device, Path point, String type, boolean readOnly) {}

    /** All of them, in the order in which they were made. */
    List<Mounted> all() throws IOException {
        List<Mounted> all = new ArrayList<>();
        for (String line : Files.readAllLines(table)) {
            String[] words = line.split(" ");
            int dash = List.of(words).indexOf("-");
            if (words.length > OPTIONS && dash > 0 && dash + 1 < words.length) {
                boolean readOnly = List.of(words[OPTIONS].split(",")).contains("ro");
                all.add(new Mounted(words[DEVICE], Path.of(unescape(words[POINT])), words[dash + 1], readOnly));
            }
        }
        return all;
    }

    /** Mounts at a place, the one on top last. */
    List<Mounted> at(Path point) throws IOException {
        Path wanted = point.toAbsolutePath().normalize();
        return all().stream().filter(mount -> mount.point().equals(wanted)).toList();
    }

    /** The kernel writes blanks and the like as three octal digits. */
    private static String unescape(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\' && i + 3 < text.length()) {
                plain.append((char) Integer.parseInt(text, i + 1, i + 4, 8));
                i += 3;
            } else {
                plain.append(text.charAt(i));
            }
        }
        return plain.toString();
    }
}
