package dev.leat.store.s3;

import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy between here and the store.
 *
 * @param address {@code http://host:port}
 * @param user user name, or null
 * @param password password, or null
 * @param bypass hosts reached directly; {@code *} stands for any text
 */
public record S3Proxy(
        URI address, @Nullable String user, @Nullable String password, Set<String> bypass) {
    @Override
    public String toString() {
        return "S3Proxy[" + address.getHost() + ":" + address.getPort() + "]";
    }
}
