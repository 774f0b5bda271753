package dev.leat.meta.content;

import dev.leat.meta.content.EditedContent.Range;
import dev.leat.meta.content.Pages.Page;
import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.NewBlob;
import dev.leat.meta.record.ExtentPage;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.Layout;
import dev.leat.store.BlobId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/** Works out what edits make of a record and its pages. Reads pages, changes nothing. */
final class Planner {
    /** Most pages that one commit changes: at about 11 KiB each they stay far below a commit's 1 MiB. */
    static final int PAGES_MAX = 40;

    /** A file returns from pages into its record below half of what fits there, so that it does not go back and forth. */
    private static final int EXTENTS_TO_RETURN = Layout.EXTENTS_MAX / 2;

    private final Pages pages;

    Planner(Pages pages) {
        this.pages = pages;
    }

    /** Works out a change on the record that is there now. */
    Plan plan(FileRef ref, Change change, PublishScope scope) throws FsException {
        FileRecord file = ref.file();
        List<Edit> edits = change.edits();
        boolean moved = change.isMoved(ref);
        if (edits.isEmpty()) {
            return new Plan(change.attributes().apply(file), List.of(), Map.of(), null, null);
        }
        if (file.layout() instanceof Layout.Paged paged) {
            int reset = EditedContent.lastReset(edits);
            if (reset >= 0) {
                EditedContent content = EditedContent.of(0, List.of());
                edits.subList(reset, edits.size()).forEach(edit -> content.apply(edit, moved));
                return known(ref, change, content, Keys.unusedPages(ref.ino(), paged.generation()), scope);
            }
            return paged(ref, change, paged, moved, scope);
        }
        EditedContent content =
                switch (file.layout()) {
                    case Layout.Inline(Bytes bytes) -> EditedContent.of(bytes);
                    case Layout.Extents(List<Extent> extents) -> EditedContent.of(file.sizeBytes(), extents);
                    case Layout.Paged paged -> throw new IllegalStateException("handled above");
                };
        edits.forEach(edit -> content.apply(edit, moved));
        return known(ref, change, content, null, scope);
    }

    /** A file all of whose extents are known. */
    private static Plan known(
            FileRef ref, Change change, EditedContent content, @Nullable Key unused, PublishScope scope)
            throws FsException {
        spill(content, scope);
        long size = content.sizeBytes();
        Bytes inline = content.inline();
        if (inline != null) {
            Layout layout = inline.length() == 0 ? Layout.EMPTY : new Layout.Inline(inline);
            return new Plan(
                    record(ref, change, size, inline.length(), layout), List.of(), content.deltas(), unused, null);
        }
        List<Extent> extents = content.extents().all();
        long allocated = ExtentMap.coveredBytes(extents);
        if (extents.size() <= Layout.EXTENTS_MAX) {
            Layout layout = extents.isEmpty() ? Layout.EMPTY : new Layout.Extents(extents);
            return new Plan(record(ref, change, size, allocated, layout), List.of(), content.deltas(), unused, null);
        }
        BlobId generation = scope.generation(ref.ino());
        List<Page> split = Pages.split(0, extents, true);
        Layout layout = new Layout.Paged(generation, split.size(), extents.size());
        FileRecord file = record(ref, change, size, allocated, layout);
        if (split.size() > PAGES_MAX) {
            return whole(ref, change, unused, content, scope);
        }
        List<Write> writes = new ArrayList<>();
        split.forEach(page -> writes.add(put(ref.ino(), generation, page)));
        return new Plan(file, writes, content.deltas(), unused, null);
    }

    /** A file of which only some pages need to be known. */
    private Plan paged(FileRef ref, Change change, Layout.Paged paged, boolean moved, PublishScope scope)
            throws FsException {
        List<Edit> edits = change.edits();
        long sizeBefore = ref.file().sizeBytes();
        List<Range> ranges = EditedContent.touched(sizeBefore, edits, moved);
        NavigableMap<Long, Page> touched = pages.touching(ref.ino(), paged, ranges, PAGES_MAX);
        EditedContent content = touched == null
                ? EditedContent.of(sizeBefore, pages.extents(ref.ino(), paged.generation(), 0, Long.MAX_VALUE))
                : EditedContent.of(sizeBefore, extents(touched));
        edits.forEach(edit -> content.apply(edit, moved));
        spill(content, scope);
        if (touched == null) {
            return whole(ref, change, Keys.unusedPages(ref.ino(), paged.generation()), content, scope);
        }
        Map<BlobId, Long> deltas = content.deltas();
        long allocated = ref.file().allocatedBytes()
                + deltas.values().stream().mapToLong(Long::longValue).sum();
        Rewrite rewrite = new Rewrite(ref.ino(), paged.generation(), touched, content);
        int pagesAfter = paged.pages() + rewrite.pagesAdded;
        long extentsAfter = paged.extents() + rewrite.extentsAdded;
        if (extentsAfter <= EXTENTS_TO_RETURN && rewrite.pagesBefore == paged.pages()) {
            List<Extent> few = ExtentMap.joined(content.extents().all());
            Layout layout = few.isEmpty() ? Layout.EMPTY : new Layout.Extents(few);
            List<Write> deletes = new ArrayList<>();
            touched.values().stream()
                    .filter(Page::stored)
                    .forEach(page ->
                            deletes.add(new Write.Delete(Keys.page(ref.ino(), paged.generation(), page.offset()))));
            return new Plan(record(ref, change, content.sizeBytes(), allocated, layout), deletes, deltas, null, null);
        }
        if (rewrite.writes.size() > PAGES_MAX) {
            EditedContent all =
                    EditedContent.of(sizeBefore, pages.extents(ref.ino(), paged.generation(), 0, Long.MAX_VALUE));
            edits.forEach(edit -> all.apply(edit, moved));
            spill(all, scope);
            return whole(ref, change, Keys.unusedPages(ref.ino(), paged.generation()), all, scope);
        }
        Layout layout = new Layout.Paged(paged.generation(), pagesAfter, extentsAfter);
        return new Plan(
                record(ref, change, content.sizeBytes(), allocated, layout), rewrite.writes, deltas, null, null);
    }

    /** The plan for a change that is too large for one commit, whatever it looked like at first. */
    Plan tooLarge(FileRef ref, Change change, PublishScope scope) throws FsException {
        boolean moved = change.isMoved(ref);
        FileRecord file = ref.file();
        int reset = EditedContent.lastReset(change.edits());
        EditedContent content =
                switch (file.layout()) {
                    case Layout.Inline(Bytes bytes) -> EditedContent.of(bytes);
                    case Layout.Extents(List<Extent> extents) -> EditedContent.of(file.sizeBytes(), extents);
                    case Layout.Paged paged ->
                        EditedContent.of(
                                file.sizeBytes(),
                                reset >= 0
                                        ? List.of()
                                        : pages.extents(ref.ino(), paged.generation(), 0, Long.MAX_VALUE));
                };
        change.edits().forEach(edit -> content.apply(edit, moved));
        spill(content, scope);
        Key unused =
                file.layout() instanceof Layout.Paged paged ? Keys.unusedPages(ref.ino(), paged.generation()) : null;
        return whole(ref, change, unused, content, scope);
    }

    private static Plan whole(
            FileRef ref, Change change, @Nullable Key unused, EditedContent content, PublishScope scope) {
        List<Extent> extents = content.extents().all();
        long allocated = ExtentMap.coveredBytes(extents);
        Map<BlobId, Long> deltas = lostWith(ref);
        if (extents.size() <= Layout.EXTENTS_MAX) {
            extents.forEach(extent -> deltas.merge(extent.blob(), extent.lengthBytes(), Long::sum));
            Layout layout = extents.isEmpty() ? Layout.EMPTY : new Layout.Extents(extents);
            FileRecord file = record(ref, change, content.sizeBytes(), allocated, layout);
            return new Plan(file, List.of(), deltas, unused, null);
        }
        // How many pages these are is known when they are cut.
        Layout layout = new Layout.Paged(scope.generation(ref.ino()), 0, extents.size());
        FileRecord file = record(ref, change, content.sizeBytes(), allocated, layout);
        return new Plan(file, List.of(), deltas, unused, extents);
    }

    private static void spill(EditedContent content, PublishScope scope) throws FsException {
        Bytes leaving = content.contentToSpill();
        if (leaving != null) {
            NewBlob blob = scope.spill(leaving);
            content.spilled(blob.id());
        }
    }

    private static FileRecord record(FileRef ref, Change change, long size, long allocated, Layout layout) {
        return change.attributes().apply(ref.file().withContent(size, allocated, layout));
    }

    /** What goes when the record is replaced by one whose references are all counted already: its embedded extents. */
    private static Map<BlobId, Long> lostWith(FileRef ref) {
        Map<BlobId, Long> lost = new HashMap<>();
        if (ref.file().layout() instanceof Layout.Extents(List<Extent> extents)) {
            extents.forEach(extent -> lost.merge(extent.blob(), -extent.lengthBytes(), Long::sum));
        }
        return lost;
    }

    private static List<Extent> extents(NavigableMap<Long, Page> pages) {
        List<Extent> extents = new ArrayList<>();
        pages.values().forEach(page -> extents.addAll(page.extents()));
        return extents;
    }

    private static Write put(long ino, BlobId generation, Page page) {
        return new Write.Put(Keys.page(ino, generation, page.offset()), new ExtentPage(page.extents()).encode());
    }

    /** Puts edited extents back into the pages they came from; full ones are split. */
    private static final class Rewrite {
        private final List<Write> writes = new ArrayList<>();
        private int pagesBefore;
        private int pagesAdded;
        private long extentsAdded;

        Rewrite(long ino, BlobId generation, NavigableMap<Long, Page> touched, EditedContent content) {
            for (Page page : touched.values()) {
                Long next = touched.higherKey(page.offset());
                List<Extent> now = content.extents().within(page.offset(), next == null ? Long.MAX_VALUE : next);
                int before = page.stored() ? 1 : 0;
                pagesBefore += before;
                extentsAdded += now.size() - page.extents().size();
                if (now.equals(page.extents())) {
                    continue;
                }
                if (now.isEmpty()) {
                    writes.add(new Write.Delete(Keys.page(ino, generation, page.offset())));
                    pagesAdded--;
                    continue;
                }
                boolean grows = next == null && now.getLast().fileEnd() == content.sizeBytes();
                List<Page> split = Pages.split(page.offset(), now, grows);
                split.forEach(part -> writes.add(put(ino, generation, part)));
                pagesAdded += split.size() - before;
            }
        }
    }
}
