package dev.leat.store.s3;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.jspecify.annotations.Nullable;

/**
 * Remembers why a TLS handshake failed. The client tries a server's addresses one by one and tells of the last one only: of a server that
 * listens at one of two, as with {@code localhost}, it would tell that nothing listens.
 *
 * <p>A connection is made on the thread of the request that needs it, and begins with the question for the addresses.
 */
final class Handshakes {
    private static final ThreadLocal<@Nullable IOException> FAILURE = new ThreadLocal<>();

    private Handshakes() {}

    /** Why the first handshake of this thread's last try to connect failed; null if none did. */
    @Nullable
    static IOException failure() {
        return FAILURE.get();
    }

    /** Makes handshakes, and remembers. */
    static TlsSocketStrategy watch(TlsSocketStrategy tls) {
        return (socket, target, port, attachment, context) -> {
            try {
                return tls.upgrade(socket, target, port, attachment, context);
            } catch (IOException e) {
                if (FAILURE.get() == null) {
                    FAILURE.set(e);
                }
                throw e;
            }
        };
    }

    /** Finds addresses, upon which another try to connect begins. */
    static DnsResolver watch(DnsResolver names) {
        return new DnsResolver() {
            @Override
            public InetAddress[] resolve(String host) throws UnknownHostException {
                FAILURE.remove();
                return names.resolve(host);
            }

            @Override
            public String resolveCanonicalHostname(String host) throws UnknownHostException {
                return names.resolveCanonicalHostname(host);
            }
        };
    }
}
