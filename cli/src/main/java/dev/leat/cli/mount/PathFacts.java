package dev.leat.cli.mount;

import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the metadata tells about an inode or a tree. */
final class PathFacts {
    /** Extents shown; all are counted. */
    private static final int EXTENTS_SHOWN = 1_000;

    private static final int PAGE = 1_000;

    private final MetaFs fs;

    PathFacts(MetaFs fs) {
        this.fs = fs;
    }

    /** An inode, with the objects that hold its bytes. */
    Map<String, @Nullable Object> info(long ino) throws FsException {
        Attr attr = fs.getattr(ino);
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("inode", ino);
        facts.put("type", attr.type().name().toLowerCase(java.util.Locale.ROOT));
        facts.put("sizeBytes", attr.sizeBytes());
        facts.put("allocatedBytes", attr.allocatedBytes());
        facts.put("links", attr.nlink());
        if (attr.type() == FileType.FILE) {
            FileView view = fs.view(ino);
            facts.put("inline", view.inline() != null);
            if (view.inline() == null) {
                content(view, facts);
            }
        }
        return facts;
    }

    private void content(FileView view, Map<String, @Nullable Object> facts) throws FsException {
        List<Extent> extents = fs.extents(view, 0, view.attr().sizeBytes());
        List<Object> shown = new ArrayList<>();
        Set<String> objects = new LinkedHashSet<>();
        for (Extent extent : extents) {
            String object = fs.blobKey(extent.blob());
            objects.add(object);
            if (shown.size() < EXTENTS_SHOWN) {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("offset", extent.fileOffset());
                one.put("lengthBytes", extent.lengthBytes());
                one.put("object", object);
                one.put("objectOffset", extent.blobOffset());
                one.put("objectBytes", extent.blobSizeBytes());
                shown.add(one);
            }
        }
        facts.put("extentCount", extents.size());
        facts.put("objectCount", objects.size());
        facts.put("extents", shown);
    }

    /** What a tree adds up to; of a file, the file alone. */
    Map<String, @Nullable Object> summary(long ino) throws FsException {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        Attr attr = fs.getattr(ino);
        long files = 0;
        long directories = 0;
        long bytes = 0;
        long allocated = 0;
        Deque<Long> next = new ArrayDeque<>();
        if (attr.type() == FileType.DIRECTORY) {
            directories++;
            next.push(ino);
        } else {
            files++;
            bytes += attr.sizeBytes();
            allocated += attr.allocatedBytes();
        }
        while (!next.isEmpty()) {
            for (DirEntry entry : all(next.pop())) {
                Attr of = entry.attr();
                if (entry.type() == FileType.DIRECTORY) {
                    directories++;
                    next.push(entry.ino());
                } else {
                    files++;
                    bytes += of == null ? 0 : of.sizeBytes();
                    allocated += of == null ? 0 : of.allocatedBytes();
                }
            }
        }
        facts.put("files", files);
        facts.put("directories", directories);
        facts.put("sizeBytes", bytes);
        facts.put("allocatedBytes", allocated);
        return facts;
    }

    /** The summaries of a directory's entries, the largest first. */
    List<Map<String, @Nullable Object>> entries(long directory, int most) throws FsException {
        List<Map<String, @Nullable Object>> all = new ArrayList<>();
        if (fs.getattr(directory).type() != FileType.DIRECTORY) {
            return all;
        }
        for (DirEntry entry : all(directory)) {
            Map<String, @Nullable Object> facts = new LinkedHashMap<>();
            facts.put("name", entry.name().toString());
            facts.putAll(summary(entry.ino()));
            all.add(facts);
        }
        all.sort((a, b) -> Long.compare(bytes(b), bytes(a)));
        return all.subList(0, Math.min(most, all.size()));
    }

    private static long bytes(Map<String, @Nullable Object> facts) {
        return facts.get("sizeBytes") instanceof Long bytes ? bytes : 0;
    }

    private List<DirEntry> all(long directory) throws FsException {
        List<DirEntry> all = new ArrayList<>();
        Name after = null;
        while (true) {
            List<DirEntry> page = fs.readdir(directory, after, PAGE, true);
            all.addAll(page);
            if (page.size() < PAGE) {
                return all;
            }
            after = page.getLast().name();
        }
    }
}
