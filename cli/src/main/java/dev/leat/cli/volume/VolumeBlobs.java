package dev.leat.cli.volume;

import dev.leat.cli.CliException;
import dev.leat.cli.option.KeyFlags;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.store.ObjectStore;
import dev.leat.store.blob.BlobForm;
import dev.leat.store.blob.BlobStore;
import dev.leat.store.blob.Compression;
import dev.leat.store.blob.DataKey;
import dev.leat.store.key.MasterKey;
import java.io.IOException;
import java.security.KeyException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The form of a volume's blobs, as its record has it, with its key where it is known.
 *
 * @param form how they lie in the store
 */
public record VolumeBlobs(BlobForm form) {
    private static final String COMPRESS = "compress";
    private static final String ENCRYPT = "encrypt";
    private static final String CIPHER = "aes256gcm";

    /** The option of the record that holds the wrapped key. */
    static final String KEY = "encrypt-key";

    /**
     * Opens the key of a volume, if it has one.
     *
     * @throws CliException with one line when the master key is missing or the wrong one
     */
    public static VolumeBlobs unlock(VolumeRecord volume, KeyFlags keys) throws IOException {
        String wrapped = wrappedKey(volume);
        if (wrapped == null) {
            return new VolumeBlobs(new BlobForm(compression(volume), null));
        }
        String what = "the volume " + volume.name();
        return new VolumeBlobs(new BlobForm(compression(volume), dataKey(what, wrapped, keys.given())));
    }

    /** The data key in a wrapped one. */
    static DataKey dataKey(String what, String wrapped, @Nullable MasterKey master) {
        if (master == null) {
            throw CliException.failed(what + " is encrypted under " + MasterKey.opener(wrapped) + "; give "
                    + (MasterKey.needsPassphrase(wrapped)
                            ? "--encrypt-passphrase-file FILE, or the passphrase in LEAT_ENCRYPT_PASSPHRASE"
                            : "its file with --encrypt-key FILE"));
        }
        try {
            return master.unwrap(wrapped);
        } catch (KeyException e) {
            throw CliException.failed("cannot open " + what + ": " + e.getMessage());
        }
    }

    /** The blobs of a volume for a command that may do without its key, as long as it reads and writes none. */
    static BlobStore openOrLocked(VolumeRecord volume, KeyFlags keys, ObjectStore store) throws IOException {
        boolean locked = wrappedKey(volume) != null && keys.given() == null;
        return locked
                ? BlobForm.locked(compression(volume), store)
                : unlock(volume, keys).open(store);
    }

    /** The blobs in the volume's store. */
    public BlobStore open(ObjectStore store) {
        return form.open(store);
    }

    /** How a volume's blobs are compressed. */
    public static Compression compression(VolumeRecord volume) {
        return (volume.incompatible() & VolumeRecord.COMPRESSED) == 0
                ? Compression.NONE
                : Compression.parse(volume.options().getOrDefault(COMPRESS, ""));
    }

    /** The data key of a volume as its record keeps it, or null if it is not encrypted. */
    static @Nullable String wrappedKey(VolumeRecord volume) {
        if ((volume.incompatible() & VolumeRecord.ENCRYPTED) == 0) {
            return null;
        }
        String cipher = volume.options().get(ENCRYPT);
        String wrapped = volume.options().get(KEY);
        if (!CIPHER.equals(cipher) || wrapped == null) {
            throw CliException.failed("the volume " + volume.name() + " is encrypted by " + cipher
                    + ", which this Leat does not know; use a newer one");
        }
        return wrapped;
    }

    /** How a volume is encrypted, for people. */
    static String encryption(VolumeRecord volume) {
        String wrapped = wrappedKey(volume);
        return wrapped == null ? "none" : CIPHER + " under " + MasterKey.opener(wrapped);
    }

    /** A volume's options without the wrapped key. */
    static Map<String, String> options(VolumeRecord volume) {
        Map<String, String> options = new HashMap<>(volume.options());
        options.remove(KEY);
        return options;
    }

    /** A new volume's record with its form in it, and with a new key wrapped by {@code master}. */
    static VolumeRecord with(VolumeRecord volume, Compression compression, @Nullable MasterKey master) {
        VolumeRecord made = compression == Compression.NONE
                ? volume
                : volume.withFeature(VolumeRecord.COMPRESSED, Map.of(COMPRESS, compression.toString()));
        return master == null
                ? made
                : made.withFeature(VolumeRecord.ENCRYPTED, Map.of(ENCRYPT, CIPHER, KEY, master.wrap(DataKey.random())));
    }
}
