package dev.leat.meta.content;

import dev.leat.meta.content.Pages.Page;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.ExtentPage;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Transactions;
import dev.leat.store.BlobId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a file's extents as a new generation of pages, over as many commits as it takes; nothing of it is visible until the
 * file's record names the generation. Until then it is listed as unused, so that what a crash leaves behind is found; and its references count from the
 * moment they are written, so that no blob of it can go away.
 */
final class GenerationWriter {
    /** Blobs that one page may name: with a check, a record and a count each they fit into one commit. */
    private static final int BLOBS_MAX = 28;

    private static final byte[] NOTHING = {};

    private final Transactions transactions;

    GenerationWriter(Transactions transactions) {
        this.transactions = transactions;
    }

    /** Writes all pages; returns how many there are. */
    int write(long ino, BlobId generation, List<Extent> extents, PublishScope scope) throws FsException {
        List<Page> pages = cut(extents);
        transactions.run(tx -> {
            tx.put(Keys.pagesInMaking(ino, generation), NOTHING);
            return true;
        });
        int done = 0;
        while (done < pages.size()) {
            done = writeSome(ino, generation, pages, done, scope);
        }
        return pages.size();
    }

    private int writeSome(long ino, BlobId generation, List<Page> pages, int from, PublishScope scope)
            throws FsException {
        return transactions.run(tx -> {
            Batch batch = new Batch(scope.fresh());
            int next = from;
            while (next < pages.size()
                    && batch.add(List.of(), writes(ino, generation, pages.get(next)), references(pages.get(next)))) {
                next++;
            }
            batch.writeTo(tx);
            // Whoever tears an abandoned generation down removes this line first.
            tx.exists(Keys.pagesInMaking(ino, generation));
            Set<BlobId> introduced = batch.introduced();
            tx.afterwards(stamp -> scope.committed(introduced));
            return next;
        });
    }

    private static List<Write> writes(long ino, BlobId generation, Page page) {
        return List.of(
                new Write.Put(Keys.page(ino, generation, page.offset()), new ExtentPage(page.extents()).encode()));
    }

    private static Map<BlobId, Long> references(Page page) {
        Map<BlobId, Long> references = new HashMap<>();
        page.extents().forEach(extent -> references.merge(extent.blob(), extent.lengthBytes(), Long::sum));
        return references;
    }

    /** Cuts extents into pages each of which fits into one commit. */
    private static List<Page> cut(List<Extent> extents) {
        List<Page> pages = new ArrayList<>();
        List<Extent> part = new ArrayList<>();
        Set<BlobId> blobs = new HashSet<>();
        for (Extent extent : extents) {
            boolean another = !blobs.contains(extent.blob());
            if (part.size() == ExtentPage.EXTENTS_MAX || (another && blobs.size() == BLOBS_MAX)) {
                pages.add(page(pages, part));
                part = new ArrayList<>();
                blobs.clear();
            }
            part.add(extent);
            blobs.add(extent.blob());
        }
        pages.add(page(pages, part));
        return pages;
    }

    private static Page page(List<Page> before, List<Extent> extents) {
        return new Page(before.isEmpty() ? 0 : extents.getFirst().fileOffset(), List.copyOf(extents), true);
    }
}
