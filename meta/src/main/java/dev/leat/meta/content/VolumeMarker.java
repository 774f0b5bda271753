package dev.leat.meta.content;

import dev.leat.store.ObjectStore;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * An object that says to which volume, and to which incarnation of it, the objects beside it belong. Nothing is ever deleted from a store
 * whose marker says something else: the volume was loaded or restored elsewhere meanwhile, or the store is a wrong one.
 *
 * @param volume the volume's identity
 * @param incarnation which of its lives may delete
 */
public record VolumeMarker(UUID volume, long incarnation) {

    /** Writes the marker of a new volume; fails with PRECONDITION_FAILED where there is one, if the store can tell. */
    public void create(ObjectStore store) throws StoreException {
        put(store, PutCondition.IF_ABSENT);
    }

    /** Takes the objects over for this incarnation, after a load or a restore. */
    public void takeOver(ObjectStore store) throws StoreException {
        put(store, PutCondition.ALWAYS);
    }

    /**
     * Makes sure that the store is this volume's.
     *
     * @throws StoreException NOT_FOUND when there is no marker, PRECONDITION_FAILED when it is another volume's or incarnation's
     */
    public void require(ObjectStore store) throws StoreException {
        String found = read(store);
        if (!found.equals(new String(text(), StandardCharsets.UTF_8))) {
            throw new StoreException(
                    Kind.PRECONDITION_FAILED,
                    "the object " + key() + " in " + store.location()
                            + " belongs to another incarnation of the volume (it says "
                            + found.strip().replace('\n', ' ')
                            + "): the volume was loaded or restored elsewhere; nothing is deleted");
        }
    }

    /**
     * Makes sure that the store is this volume's, of whichever incarnation: enough for one who deletes nothing.
     *
     * @throws StoreException NOT_FOUND when there is no marker, PRECONDITION_FAILED when it is another volume's
     */
    public void requireVolume(ObjectStore store) throws StoreException {
        String found = read(store);
        if (!found.startsWith("leat volume " + volume + "\n")) {
            throw new StoreException(
                    Kind.PRECONDITION_FAILED,
                    "the object " + key() + " in " + store.location() + " belongs to another volume (it says "
                            + found.strip().replace('\n', ' ') + "); give the volume its own store");
        }
    }

    private String key() {
        return new BlobKeys(volume).marker();
    }

    private String read(ObjectStore store) throws StoreException {
        String key = key();
        try {
            long size = store.head(key).sizeBytes();
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(size, 4096));
            store.get(key, 0, bytes, null);
            return new String(bytes.array(), StandardCharsets.UTF_8);
        } catch (StoreException e) {
            if (e.kind() != Kind.NOT_FOUND) {
                throw e;
            }
            throw new StoreException(
                    Kind.NOT_FOUND,
                    "there is no object " + key + " in " + store.location()
                            + ": this is not the store of the volume, or it was emptied; nothing is deleted",
                    e);
        }
    }

    private void put(ObjectStore store, PutCondition condition) throws StoreException {
        store.put(new BlobKeys(volume).marker(), ByteBuffer.wrap(text()), condition);
    }

    private byte[] text() {
        return "leat volume %s%nincarnation %016x%n"
                .formatted(volume, incarnation)
                .replace("\r\n", "\n")
                .getBytes(StandardCharsets.UTF_8);
    }
}
