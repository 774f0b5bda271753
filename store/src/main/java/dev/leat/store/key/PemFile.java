package dev.leat.store.key;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/** A file with an RSA private key, as {@code openssl genrsa} and {@code openssl genpkey} write it. */
public final class PemFile {
    private static final int BYTES_MAX = 1 << 20;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z ]*PRIVATE KEY)-----([^-]*)-----END \\1-----", Pattern.DOTALL);

    /** The head of PKCS #8 before an RSA key of PKCS #1: version 0 and the algorithm. */
    private static final byte[] RSA_HEAD = {
        2, 1, 0, 48, 13, 6, 9, 42, (byte) 134, 72, (byte) 134, (byte) 247, 13, 1, 1, 1, 5, 0
    };

    private PemFile() {}

    /**
     * Reads a key.
     *
     * @param passphrase what the file is encrypted with, or null
     * @throws KeyException with one line when there is no such key in it, or the passphrase is wrong
     * @throws IOException when the file cannot be read
     */
    public static RsaKey read(Path file, char @Nullable [] passphrase) throws IOException, KeyException {
        if (Files.size(file) > BYTES_MAX) {
            throw new KeyException(file + " is too large to be a key");
        }
        Matcher block = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        if (!block.find()) {
            throw new KeyException(
                    file + " holds no private key in PEM; make one with: openssl genrsa -aes256 -out FILE 4096");
        }
        String body = block.group(2);
        if (body.contains("Proc-Type")) {
            throw new KeyException(
                    file + " is encrypted in the old way; convert it with: openssl pkcs8 -topk8 -in " + file);
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(body);
            byte[] pkcs8 =
                    switch (block.group(1)) {
                        case "PRIVATE KEY" -> der;
                        case "RSA PRIVATE KEY" -> sequence(RSA_HEAD, tagged(4, der));
                        case "ENCRYPTED PRIVATE KEY" -> decrypted(file, der, passphrase);
                        default -> throw new KeyException(file + " holds no RSA key but an " + block.group(1));
                    };
            PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            if (key instanceof RSAPrivateCrtKey rsa) {
                return new RsaKey(rsa);
            }
            throw new KeyException(file + " holds an RSA key without its public half");
        } catch (KeyException e) {
            throw e;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new KeyException(file + " holds no RSA private key that can be read: " + e.getMessage(), e);
        }
    }

    private static byte[] decrypted(Path file, byte[] der, char @Nullable [] passphrase)
            throws IOException, GeneralSecurityException {
        if (passphrase == null) {
            throw new KeyException(
                    file + " is encrypted; give its passphrase in the environment as LEAT_RSA_PASSPHRASE");
        }
        EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
        // The scheme that openssl uses names its parts in the parameters only.
        String named = info.getAlgName();
        String algorithm =
                named.startsWith("PBEWith") ? named : info.getAlgParameters().toString();
        PBEKeySpec spec = new PBEKeySpec(passphrase);
        try {
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    SecretKeyFactory.getInstance(algorithm).generateSecret(spec),
                    info.getAlgParameters());
            return info.getKeySpec(cipher).getEncoded();
        } catch (GeneralSecurityException e) {
            throw new KeyException("the passphrase in LEAT_RSA_PASSPHRASE does not open " + file, e);
        } finally {
            spec.clearPassword();
        }
    }

    private static byte[] sequence(byte[] first, byte[] second) {
        byte[] both = new byte[first.length + second.length];
        System.arraycopy(first, 0, both, 0, first.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return tagged(48, both);
    }

    /** A value of DER with its tag and length. */
    private static byte[] tagged(int tag, byte[] value) {
        int lengthBytes = value.length < 128 ? 0 : value.length < 256 ? 1 : value.length < 65_536 ? 2 : 3;
        byte[] made = new byte[2 + lengthBytes + value.length];
        made[0] = (byte) tag;
        made[1] = (byte) (lengthBytes == 0 ? value.length : 128 + lengthBytes);
        for (int i = 0; i < lengthBytes; i++) {
            made[2 + i] = (byte) (value.length >>> (8 * (lengthBytes - 1 - i)));
        }
        System.arraycopy(value, 0, made, 2 + lengthBytes, value.length);
        return made;
    }
}
