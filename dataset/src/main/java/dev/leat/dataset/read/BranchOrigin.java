package dev.leat.dataset.read;

import dev.leat.cache.BlobSource;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.tree.Branch;
import dev.leat.dataset.tree.Node;
import dev.leat.store.Blob;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Files of several sources as blobs, uncopied: the end of the chain of tiers of a tree of branches. A blob's key is the number of
 * its branch, a colon, and the path in the source; its id is what {@link InPlace} makes of source, path and version, so that a
 * cache knows the bytes wherever the source is shown.
 */
public final class BranchOrigin implements BlobSource {
    private final Map<Integer, Chain> byNumber = new ConcurrentHashMap<>();
    private final Before before;

    /** What is asked for a source's bytes before the source is. */
    public interface Before {
        /**
         * The chain that ends with {@code origin}; its blobs are called as the source calls them.
         *
         * @param origin the source's own bytes
         */
        BlobSource of(Source source, BlobSource origin);
    }

    private record Chain(InPlace origin, BlobSource reads) {}

    /** Reads from the sources, after what is asked before them. */
    public BranchOrigin(Before before) {
        this.before = before;
    }

    /** Blobs of a branch can be read from now on. */
    public void attach(Branch branch) {
        InPlace origin = new InPlace(branch.source());
        byNumber.put(branch.number(), new Chain(origin, before.of(branch.source(), origin)));
    }

    /** Blobs of a branch cannot be read any more, except by who has begun. */
    public void detach(Branch branch) {
        byNumber.remove(branch.number());
    }

    /**
     * The blob of one version of a file that is not empty.
     *
     * @throws StoreException of kind NOT_FOUND if the file's branch is gone
     */
    public Blob blob(Node file, Facts version) throws StoreException {
        return blob(file.branch(), file.path(), file.sourcePath(), version);
    }

    /** The same of a name in a directory, of which the directory's source tells. */
    public Blob blob(Node directory, String name, Facts version) throws StoreException {
        String above = directory.sourcePath();
        String path = above.isEmpty() ? name : above + "/" + name;
        return blob(directory.branch(), path, path, version);
    }

    private Blob blob(@Nullable Branch branch, String shown, String path, Facts version) throws StoreException {
        Chain chain = branch == null ? null : byNumber.get(branch.number());
        if (branch == null || chain == null) {
            throw new StoreException(Kind.NOT_FOUND, shown + " is of a source that is not mounted any more");
        }
        Blob blob = chain.origin().blob(path, version);
        return new Blob(blob.id(), branch.number() + ":" + blob.key(), blob.sizeBytes(), blob.etag());
    }

    @Override
    public void read(Blob blob, long offset, MemorySegment destination, long destinationOffset, int lengthBytes)
            throws IOException {
        String key = blob.key();
        int colon = key.indexOf(':');
        Chain chain = byNumber.get(Integer.parseInt(key.substring(0, colon)));
        if (chain == null) {
            throw new StoreException(
                    Kind.NOT_FOUND, key.substring(colon + 1) + " is of a source that is not mounted any more");
        }
        Blob inSource = new Blob(blob.id(), key.substring(colon + 1), blob.sizeBytes(), blob.etag());
        chain.reads().read(inSource, offset, destination, destinationOffset, lengthBytes);
    }
}
