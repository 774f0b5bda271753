package dev.leat.store.blob;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.zip.CRC32C;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Packs and opens one frame at a time, in arrays of its own: AES-GCM and the compressors are fastest on arrays of this
 * size. Sealed, a frame is nonce, ciphertext and tag; else its bytes and a CRC32C.
 *
 * <p>Used by one thread at a time; {@link Pool} keeps those that nobody uses.
 */
final class Workbench {
    private static final int CRC_BYTES = 4;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** A frame's own bytes. */
    final byte[] plain = new byte[Frame.BYTES];

    /** What the store has of it. */
    final byte[] stored = new byte[Squeeze.roomBytes(Frame.BYTES) + NONCE_BYTES + TAG_BYTES];

    private final byte[] packed = new byte[Squeeze.roomBytes(Frame.BYTES)];
    private final CRC32C crc = new CRC32C();
    private @Nullable Squeeze squeeze;
    private @Nullable Cipher cipher;
    private int packing;

    /** Bytes that a frame has in the store beside those it holds. */
    static int overheadBytes(boolean sealed) {
        return sealed ? NONCE_BYTES + TAG_BYTES : CRC_BYTES;
    }

    /** How the frame that was made last is packed: 0 or the code of a compression. */
    int packing() {
        return packing;
    }

    /**
     * Makes a frame of the bytes in {@link #plain}.
     *
     * @param key of the blob, or null for frames that are not sealed
     * @return its length in {@link #stored}
     */
    int make(Frame frame, Compression compression, @Nullable SecretKey key) {
        int length = frame.plainBytes();
        byte[] payload = plain;
        packing = 0;
        if (compression != Compression.NONE) {
            int small = squeeze().compress(compression, plain, length, packed);
            // A few bytes less are not worth the work of every reader.
            if (small < length - length / 32) {
                payload = packed;
                packing = compression.code();
                length = small;
            }
        }
        return key == null ? checked(frame, payload, length) : sealed(frame, payload, length, key);
    }

    private int checked(Frame frame, byte[] payload, int length) {
        System.arraycopy(payload, 0, stored, 0, length);
        int sum = checksum(frame, packing, length);
        for (int i = 0; i < CRC_BYTES; i++) {
            stored[length + i] = (byte) (sum >>> (8 * i));
        }
        return length + CRC_BYTES;
    }

    /** Of what the frame is, of its bytes, and of what the store has of them where that is something else. */
    private int checksum(Frame frame, int how, int storedBytes) {
        crc.reset();
        crc.update(frame.label(how));
        crc.update(plain, 0, frame.plainBytes());
        if (how != 0) {
            crc.update(stored, 0, storedBytes);
        }
        return (int) crc.getValue();
    }

    private int sealed(Frame frame, byte[] payload, int length, SecretKey key) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        System.arraycopy(nonce, 0, stored, 0, NONCE_BYTES);
        try {
            Cipher gcm = cipher();
            gcm.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(8 * TAG_BYTES, nonce));
            gcm.updateAAD(frame.label(packing));
            return NONCE_BYTES + gcm.doFinal(payload, 0, length, stored, NONCE_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM failed: " + e.getMessage(), e);
        }
    }

    /**
     * Opens the frame in {@link #stored} into {@link #plain}.
     *
     * @param how its packing
     * @param length its length in the store
     * @return null, or what is wrong with it
     */
    @Nullable
    String open(Frame frame, int how, int length, @Nullable SecretKey key) {
        int payload = length - overheadBytes(key != null);
        if (payload < 1 || payload > Frame.BYTES || (how == 0 && payload != frame.plainBytes())) {
            return "has a length that no such frame has";
        }
        try {
            if (key == null) {
                unpack(frame, how, stored, 0, payload);
                int sum = 0;
                for (int i = 0; i < CRC_BYTES; i++) {
                    sum |= (stored[payload + i] & 0xff) << (8 * i);
                }
                return sum == checksum(frame, how, payload) ? null : "does not have its checksum";
            }
            Cipher gcm = cipher();
            gcm.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(8 * TAG_BYTES, stored, 0, NONCE_BYTES));
            gcm.updateAAD(frame.label(how));
            byte[] to = how == 0 ? plain : packed;
            gcm.doFinal(stored, NONCE_BYTES, length - NONCE_BYTES, to, 0);
            if (how != 0) {
                unpack(frame, how, packed, 0, payload);
            }
            return null;
        } catch (AEADBadTagException e) {
            return "is not what was sealed";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM failed: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            // The compressors say in many ways that they were given something else.
            return "cannot be decompressed";
        }
    }

    private void unpack(Frame frame, int how, byte[] from, int offset, int length) {
        if (how == 0) {
            System.arraycopy(from, offset, plain, 0, length);
            return;
        }
        int got = squeeze().decompress(how, from, offset, length, plain);
        if (got != frame.plainBytes()) {
            throw new IllegalArgumentException("another length");
        }
    }

    private Squeeze squeeze() {
        Squeeze made = squeeze == null ? new Squeeze() : squeeze;
        squeeze = made;
        return made;
    }

    private Cipher cipher() throws GeneralSecurityException {
        Cipher made = cipher == null ? Cipher.getInstance("AES/GCM/NoPadding") : cipher;
        cipher = made;
        return made;
    }

    /** Benches that nobody uses; some 200 KB each. */
    static final class Pool {
        private static final int KEPT = 32;

        private final ArrayBlockingQueue<Workbench> free = new ArrayBlockingQueue<>(KEPT);

        Workbench take() {
            Workbench bench = free.poll();
            return bench == null ? new Workbench() : bench;
        }

        void give(Workbench bench) {
            free.offer(bench);
        }
    }
}
