package dev.leat.store.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.store.blob.DataKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.KeyException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keys that users keep: what they wrap only they open, and what is no such key is refused in one line. */
class MasterKeyTest {
    @TempDir
    Path folder;

    private static PrivateKey rsa(int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        KeyPair pair = generator.generateKeyPair();
        return pair.getPrivate();
    }

    private Path pem(String kind, byte[] der) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return Files.writeString(
                Files.createTempFile(folder, "key", ".pem"),
                "made by a test\n-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n");
    }

    @Test
    void aKeyIsReadInEveryFormThatOpensslWrites() throws Exception {
        PrivateKey key = rsa(2048);
        DataKey data = DataKey.random();
        String wrapped =
                PemFile.read(pem("PRIVATE KEY", key.getEncoded()), null).wrap(data);
        assertThat(MasterKey.opener(wrapped)).startsWith("the RSA key ");
        assertThat(wrapped).doesNotContain(Base64.getEncoder().encodeToString(data.toBytes()));
        // PKCS #1 is what PKCS #8 has after its head of 26 bytes.
        byte[] pkcs8 = key.getEncoded();
        Path old = pem("RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, 26, pkcs8.length));
        assertThat(PemFile.read(old, null).unwrap(wrapped)).isEqualTo(data);

        String algorithm = "PBEWithHmacSHA256AndAES_256";
        SecretKey secret =
                SecretKeyFactory.getInstance(algorithm).generateSecret(new PBEKeySpec("sesame".toCharArray()));
        Cipher cipher = Cipher.getInstance(algorithm);
        cipher.init(Cipher.ENCRYPT_MODE, secret);
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("PBES2");
        parameters.init(cipher.getParameters().getEncoded());
        Path encrypted = pem(
                "ENCRYPTED PRIVATE KEY", new EncryptedPrivateKeyInfo(parameters, cipher.doFinal(pkcs8)).getEncoded());
        assertThat(PemFile.read(encrypted, "sesame".toCharArray()).unwrap(wrapped))
                .isEqualTo(data);
        assertThatThrownBy(() -> PemFile.read(encrypted, "simsim".toCharArray()))
                .isInstanceOf(KeyException.class)
                .hasMessageContaining("LEAT_RSA_PASSPHRASE does not open");
        assertThatThrownBy(() -> PemFile.read(encrypted, null)).hasMessageContaining("LEAT_RSA_PASSPHRASE");
    }

    @Test
    void whatIsNoKeyIsRefused() throws Exception {
        assertThatThrownBy(() -> PemFile.read(pem("CERTIFICATE", new byte[100]), null))
                .isInstanceOf(KeyException.class)
                .hasMessageContaining("holds no private key");
        assertThatThrownBy(() -> PemFile.read(pem("PRIVATE KEY", new byte[100]), null))
                .isInstanceOf(KeyException.class)
                .hasMessageContaining("holds no RSA private key");
        assertThatThrownBy(() -> PemFile.read(pem("EC PRIVATE KEY", new byte[100]), null))
                .hasMessageContaining("EC PRIVATE KEY");
        assertThatThrownBy(() -> PemFile.read(pem("PRIVATE KEY", rsa(1024).getEncoded()), null))
                .hasMessageContaining("1024 bits is too short");
    }

    @Test
    void onlyTheKeyThatWrappedItOpensIt() throws Exception {
        DataKey data = DataKey.random();
        RsaKey one = PemFile.read(pem("PRIVATE KEY", rsa(2048).getEncoded()), null);
        RsaKey other = PemFile.read(pem("PRIVATE KEY", rsa(2048).getEncoded()), null);
        Passphrase words = new Passphrase("correct horse".toCharArray());
        String byRsa = one.wrap(data);
        String byWords = words.wrap(data);
        assertThat(words.unwrap(byWords)).isEqualTo(data);
        assertThat(words.wrap(data)).isNotEqualTo(byWords);
        assertThatThrownBy(() -> other.unwrap(byRsa))
                .isInstanceOf(KeyException.class)
                .hasMessageContaining("and this one is");
        assertThatThrownBy(() -> other.unwrap(byWords))
                .isInstanceOf(KeyException.class)
                .hasMessageContaining("by a passphrase");
        assertThatThrownBy(() -> words.unwrap(byRsa))
                .isInstanceOf(KeyException.class)
                .hasMessageContaining("by the RSA key");
        assertThatThrownBy(() -> new Passphrase("wrong horse".toCharArray()).unwrap(byWords))
                .isInstanceOf(KeyException.class)
                .hasMessageContaining("is not the one");
        assertThatThrownBy(() -> words.unwrap(byWords.replace(":600000:", ":600001:")))
                .isInstanceOf(KeyException.class);
        assertThatThrownBy(() -> words.unwrap(byWords.substring(0, byWords.length() - 8)))
                .isInstanceOf(KeyException.class);
        assertThatThrownBy(() -> new Passphrase(new char[0])).isInstanceOf(IllegalArgumentException.class);
    }
}
