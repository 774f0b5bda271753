package dev.leat.cli.option;

import dev.leat.cli.CliException;
import dev.leat.store.key.MasterKey;
import dev.leat.store.key.Passphrase;
import dev.leat.store.key.PemFile;
import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.KeyException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The master key of an encrypted volume. Secrets come from files and the environment, never from a command line. */
public final class KeyFlags {
    private static final String PASSPHRASE = "LEAT_ENCRYPT_PASSPHRASE";
    private static final String NEW_PASSPHRASE = "LEAT_NEW_ENCRYPT_PASSPHRASE";
    private static final String RSA_PASSPHRASE = "LEAT_RSA_PASSPHRASE";
    private static final String NEW_RSA_PASSPHRASE = "LEAT_NEW_RSA_PASSPHRASE";

    @Option(
            names = "--encrypt-key",
            paramLabel = "FILE",
            description = "RSA private key (PEM) of an encrypted volume; its passphrase, if it has one, is in "
                    + "LEAT_RSA_PASSPHRASE.")
    private @Nullable Path keyFile;

    @Option(
            names = "--encrypt-passphrase-file",
            paramLabel = "FILE",
            description = "File with the passphrase of an encrypted volume. Or the passphrase is in "
                    + "LEAT_ENCRYPT_PASSPHRASE.")
    private @Nullable Path passphraseFile;

    /** The key that was given, or null. */
    public @Nullable MasterKey given() throws IOException {
        return key(keyFile, passphraseFile, PASSPHRASE, RSA_PASSPHRASE);
    }

    /** The key that takes its place, or null. */
    public static @Nullable MasterKey next(@Nullable Path keyFile, @Nullable Path passphraseFile) throws IOException {
        return key(keyFile, passphraseFile, NEW_PASSPHRASE, NEW_RSA_PASSPHRASE);
    }

    private static @Nullable MasterKey key(
            @Nullable Path keyFile, @Nullable Path passphraseFile, String passphraseVariable, String rsaVariable)
            throws IOException {
        if (keyFile != null && passphraseFile != null) {
            throw CliException.misused("an encryption key and a passphrase file exclude each other: give one");
        }
        if (keyFile != null) {
            try {
                return PemFile.read(keyFile, secret(rsaVariable));
            } catch (KeyException e) {
                throw CliException.failed(String.valueOf(e.getMessage()));
            } catch (NoSuchFileException e) {
                throw CliException.failed("there is no key file " + keyFile);
            }
        }
        char[] passphrase = passphraseFile != null ? firstLine(passphraseFile) : secret(passphraseVariable);
        return passphrase == null ? null : new Passphrase(passphrase);
    }

    private static char @Nullable [] secret(String variable) {
        String value = System.getenv(variable);
        return value == null || value.isEmpty() ? null : value.toCharArray();
    }

    private static char[] firstLine(Path file) throws IOException {
        try {
            CharBuffer text = StandardCharsets.UTF_8.decode(java.nio.ByteBuffer.wrap(Files.readAllBytes(file)));
            int end = 0;
            while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
                end++;
            }
            if (end == 0) {
                throw CliException.failed(file + " begins with an empty line where the passphrase should be");
            }
            char[] line = new char[end];
            text.get(line);
            return line;
        } catch (NoSuchFileException e) {
            throw CliException.failed("there is no passphrase file " + file);
        }
    }
}
