package dev.leat.store.key;

import dev.leat.store.blob.DataKey;
import java.security.KeyException;

/**
 * The key that a user keeps: it wraps the key of a volume's data, and the volume's record keeps what comes out. So another
 * master key takes its place without touching data.
 */
public sealed interface MasterKey permits RsaKey, Passphrase {

    /** The data key as text that only this key opens. */
    String wrap(DataKey key);

    /**
     * The data key in what {@link #wrap} made.
     *
     * @throws KeyException with one line when this is not the key that wrapped it
     */
    DataKey unwrap(String wrapped) throws KeyException;

    /** What opens a wrapped key, for messages: {@code the RSA key 0123456789abcdef}, {@code a passphrase}. */
    static String opener(String wrapped) {
        return RsaKey.wraps(wrapped) ? "the RSA key " + RsaKey.fingerprintIn(wrapped) : "a passphrase";
    }

    /** Whether a passphrase opens a wrapped key, else an RSA key does. */
    static boolean needsPassphrase(String wrapped) {
        return !RsaKey.wraps(wrapped);
    }
}
