package dev.leat.cli.mount;

import dev.leat.dataset.erofs.ImageEntry;
import dev.leat.dataset.erofs.SealedTree;
import dev.leat.dataset.read.InPlace;
import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.store.Blob;
import dev.leat.sys.FileStat;
import dev.leat.sys.Fs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A folder as it is now, as if it had been sealed. */
final class FolderAsSealed implements SealedTree {
    private final InPlace origin;
    private final Map<Long, Facts> versions = new HashMap<>();
    private final List<ImageEntry> entries = new ArrayList<>();
    private final List<String> paths = new ArrayList<>();

    FolderAsSealed(Path folder, Source source, InPlace origin) throws IOException {
        this.origin = origin;
        try (var walk = Files.walk(folder)) {
            walk.map(path -> folder.relativize(path).toString())
                    .sorted((a, b) -> Arrays.compareUnsigned(
                            a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)))
                    .forEach(paths::add);
        }
        for (int i = 0; i < paths.size(); i++) {
            Path path = folder.resolve(paths.get(i));
            FileStat stat = Fs.lstat(path);
            EntryKind kind = stat.isDirectory()
                    ? EntryKind.DIRECTORY
                    : Files.isSymbolicLink(path) ? EntryKind.LINK : EntryKind.FILE;
            if (kind == EntryKind.FILE) {
                versions.put((long) i, source.facts(paths.get(i)));
            }
            entries.add(new ImageEntry(
                    paths.get(i),
                    kind,
                    stat.mode() & 07777,
                    stat.uid(),
                    stat.gid(),
                    stat.size(),
                    stat.mtimeSec(),
                    stat.mtimeNsec(),
                    kind == EntryKind.LINK ? Files.readSymbolicLink(path).toString() : null,
                    i));
        }
    }

    @Override
    public String identity() {
        return "f01de7";
    }

    @Override
    public ImageEntry root() {
        return entries.getFirst();
    }

    @Override
    public void entries(Sink sink) throws IOException {
        for (ImageEntry entry : entries.subList(1, entries.size())) {
            sink.take(entry);
        }
    }

    @Override
    public Blob blob(long reference) {
        return origin.blob(paths.get((int) reference), Objects.requireNonNull(versions.get(reference)));
    }
}
