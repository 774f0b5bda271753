package dev.leat.cli.mount;

import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the metadata tells about an inode. */
final class PathFacts {
    /** Extents shown; all are counted. */
    private static final int EXTENTS_SHOWN = 1_000;

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
}
