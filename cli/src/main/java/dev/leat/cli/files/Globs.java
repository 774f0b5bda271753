package dev.leat.cli.files;

import dev.leat.cli.CliException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.PatternSyntaxException;

/** Paths with {@code *}, {@code ?}, {@code [a-z]}, {@code {a,b}} and {@code **}, for who does not want a shell to expand them. */
public final class Globs {
    private static final String MARKS = "*?[{";

    private Globs() {}

    private static boolean isMarked(String name) {
        return name.chars().anyMatch(c -> MARKS.indexOf(c) >= 0);
    }

    /**
     * What a path stands for: itself if it exists or has no such characters, else what it matches, in order.
     *
     * @throws CliException if it matches nothing
     */
    public static List<Path> expand(Path path) throws IOException {
        if (!isMarked(path.toString()) || Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return List.of(path);
        }
        Path whole = path.toAbsolutePath();
        Path base = whole.getRoot();
        for (Path name : whole) {
            if (isMarked(name.toString())) {
                break;
            }
            base = base.resolve(name);
        }
        PathMatcher matcher;
        try {
            matcher = FileSystems.getDefault().getPathMatcher("glob:" + whole);
        } catch (PatternSyntaxException e) {
            throw CliException.misused("'" + path + "' is no pattern: " + e.getDescription());
        }
        int depth = whole.toString().contains("**") ? Integer.MAX_VALUE : whole.getNameCount() - base.getNameCount();
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(base, Set.of(), depth, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return take(directory) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                take(file);
                return FileVisitResult.CONTINUE;
            }

            private boolean take(Path one) {
                boolean matches = matcher.matches(one);
                if (matches) {
                    found.add(one);
                }
                return matches;
            }
        });
        if (found.isEmpty()) {
            throw CliException.failed("nothing matches " + path);
        }
        found.sort(null);
        return found;
    }
}
