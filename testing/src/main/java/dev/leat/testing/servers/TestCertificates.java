package dev.leat.testing.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A certificate authority made for one test, and a server certificate of it for {@code localhost} and 127.0.0.1, as PEM
 * files. Made by the {@code openssl} program, since the JDK has no public way to issue certificates.
 *
 * @param ca the authority's certificate
 * @param certificate the server's certificate
 * @param key the server's private key
 */
public record TestCertificates(Path ca, Path certificate, Path key) {

    /** Makes them in a folder that exists. */
    public static TestCertificates in(Path folder) throws IOException {
        Path ca = folder.resolve("ca.pem");
        Path caKey = folder.resolve("ca.key");
        Path certificate = folder.resolve("server.pem");
        Path key = folder.resolve("server.key");
        Path request = folder.resolve("server.csr");
        Path names = folder.resolve("server.ext");
        Files.writeString(names, "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
        run(openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test CA")
                .keyOut(caKey, ca));
        run(openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost")
                .keyOut(key, request));
        run(openssl("x509", "-req", "-days", "2", "-CAcreateserial")
                .with("-in", request)
                .with("-CA", ca)
                .with("-CAkey", caKey)
                .with("-extfile", names)
                .with("-out", certificate));
        return new TestCertificates(ca, certificate, key);
    }

    private static Command openssl(String... arguments) {
        Command command = new Command(new ArrayList<>(List.of("openssl")));
        command.words.addAll(List.of(arguments));
        return command;
    }

    private record Command(List<String> words) {
        Command with(String option, Path value) {
            words.add(option);
            words.add(value.toString());
            return this;
        }

        Command keyOut(Path key, Path out) {
            return with("-keyout", key).with("-out", out);
        }
    }

    private static void run(Command command) throws IOException {
        Process process = new ProcessBuilder(command.words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException("openssl could not make a certificate: " + String.join(" ", command.words));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a certificate was made", e);
        }
    }
}
