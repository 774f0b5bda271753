package dev.leat.dataset.erofs;

import dev.leat.store.Blob;
import java.io.IOException;

/** A tree that never changes, as an image is made from it. */
public interface SealedTree {
    /** Names the tree and how it is shown, owners and modes too: hexadecimal digits; what is equal has the same image. */
    String identity();

    /** The root. */
    ImageEntry root();

    /** Gives all other entries to {@code sink}, in an order that {@link ImageWriter} takes. */
    void entries(Sink sink) throws IOException;

    /** The bytes of a file that is not empty, by the reference that its entry has. */
    Blob blob(long reference) throws IOException;

    /** Takes entries. */
    @FunctionalInterface
    interface Sink {
        /** Takes one. */
        void take(ImageEntry entry) throws IOException;
    }
}
