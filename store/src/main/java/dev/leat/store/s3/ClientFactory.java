package dev.leat.store.s3;

import dev.leat.store.CaBundle;
import dev.leat.store.StoreException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SystemPropertyTlsKeyManagersProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.http.apache5.ProxyConfiguration;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;

/** Builds the SDK's client from a store's options. */
final class ClientFactory {
    private ClientFactory() {}

    /**
     * A new client; it connects to nothing yet.
     *
     * @throws StoreException of kind INVALID if an option cannot be used
     */
    static Client create(S3Options options) throws StoreException {
        Dialect dialect = options.dialect();
        boolean aws = Dialect.isAws(options.endpoint());
        boolean pathStyle = dialect != null ? dialect.pathStyle() : !aws;
        if (options.pathStyle() != null) {
            pathStyle = options.pathStyle();
        }
        boolean md5 = dialect != null ? dialect.checksums() != Dialect.Checksums.CRC32C : !aws;
        Region region = region(options);
        SdkHttpClient http = http(options);
        AwsCredentialsProvider credentials = credentials(options.credentials());
        S3ClientBuilder builder = S3Client.builder()
                .httpClient(http)
                .region(region)
                .credentialsProvider(credentials)
                .forcePathStyle(pathStyle)
                // bodies get their checksum from the store, computed over the caller's buffer and sent as a header:
                // the SDK's own way is a trailer, which older servers take for part of the object
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .putAuthScheme(new UnsignedBodyScheme())
                .serviceConfiguration(S3Configuration.builder()
                        .chunkedEncodingEnabled(false)
                        // saves a round trip per write; a refused write is rare
                        .expectContinueEnabled(false)
                        .build())
                .overrideConfiguration(ClientOverrideConfiguration.builder()
                        // a decorator of all stores retries, with one budget
                        .retryStrategy(AwsRetryStrategy.doNotRetry())
                        .apiCallTimeout(options.timeouts().call())
                        .apiCallAttemptTimeout(options.timeouts().call())
                        .build());
        if (options.endpoint() != null) {
            builder.endpointOverride(options.endpoint());
        } else if (options.region() == null) {
            builder.crossRegionAccessEnabled(true);
        }
        if (md5) {
            builder.addPlugin(LegacyMd5Plugin.create());
        }
        S3Client s3 = builder.build();
        return new Client(s3, http, fastGet(options, s3, http, credentials, region));
    }

    /**
     * The SDK's client and what lies below it.
     *
     * @param s3 the client
     * @param http its connections
     * @param fastGet the quick way to read, or null where only the SDK knows how to reach the bucket
     */
    record Client(S3Client s3, SdkHttpClient http, @Nullable FastGet fastGet) implements AutoCloseable {
        @Override
        public void close() {
            s3.close();
            http.close();
            if (fastGet != null) {
                fastGet.close();
            }
        }
    }

    private static @Nullable FastGet fastGet(
            S3Options options, S3Client s3, SdkHttpClient http, AwsCredentialsProvider credentials, Region region) {
        String bucket = options.bucket();
        // access points are named by ARNs; directory buckets have sessions of their own
        if (bucket.indexOf(':') >= 0 || bucket.endsWith("--x-s3")) {
            return null;
        }
        String url = s3.utilities().getUrl(r -> r.bucket(bucket).key("k")).toString();
        boolean anonymous = options.credentials() instanceof S3Credentials.Anonymous;
        URI base = URI.create(url.substring(0, url.length() - "/k".length()));
        return new FastGet(http, credentials, anonymous, region.id(), base);
    }

    private static Apache5HttpClient.Builder httpBuilder(S3Options options) {
        S3Timeouts timeouts = options.timeouts();
        return Apache5HttpClient.builder()
                .maxConnections(options.connectionsMax())
                .connectionTimeout(timeouts.connect())
                .connectionAcquisitionTimeout(timeouts.acquire())
                .socketTimeout(timeouts.idle())
                .connectionTimeToLive(options.connectionTtl())
                .connectionMaxIdleTime(options.connectionIdleMax())
                .useIdleConnectionReaper(true)
                .tcpKeepAlive(true)
                .expectContinueEnabled(false)
                .proxyConfiguration(proxy(options));
    }

    private static SdkHttpClient http(S3Options options) throws StoreException {
        return httpBuilder(options)
                .tlsSocketStrategy(Handshakes.watch(new DefaultClientTlsStrategy(tls(options))))
                .dnsResolver(Handshakes.watch(SystemDefaultDnsResolver.INSTANCE))
                .build();
    }

    /** With the client's own certificate that the JDK's properties name, if they do, as the SDK has it. */
    private static SSLContext tls(S3Options options) throws StoreException {
        Path pem = options.caBundle();
        TrustManager[] trust = pem == null ? null : CaBundle.trustManagers(pem);
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(SystemPropertyTlsKeyManagersProvider.create().keyManagers(), trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new StoreException(StoreException.Kind.INVALID, "TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    private static ProxyConfiguration proxy(S3Options options) {
        S3Proxy proxy = options.proxy();
        if (proxy == null) {
            boolean local = isLoopback(options.endpoint());
            return ProxyConfiguration.builder()
                    .useEnvironmentVariableValues(!local)
                    .useSystemPropertyValues(!local)
                    .build();
        }
        ProxyConfiguration.Builder builder = ProxyConfiguration.builder()
                .endpoint(proxy.address())
                .nonProxyHosts(proxy.bypass())
                .useEnvironmentVariableValues(false)
                .useSystemPropertyValues(false);
        if (proxy.user() != null) {
            builder.username(proxy.user());
        }
        if (proxy.password() != null) {
            builder.password(proxy.password()).preemptiveBasicAuthenticationEnabled(true);
        }
        return builder.build();
    }

    /** Whether an address is this machine's own, which no proxy of the environment is meant for. */
    static boolean isLoopback(@Nullable URI endpoint) {
        String host = endpoint == null || endpoint.getHost() == null ? "" : endpoint.getHost();
        String bare = host.toLowerCase(Locale.ROOT).replace("[", "").replace("]", "");
        if (bare.equals("localhost")) {
            return true;
        }
        boolean literal = bare.indexOf(':') >= 0 || bare.chars().allMatch(c -> c == '.' || Character.isDigit(c));
        if (!literal || bare.isEmpty()) {
            return false;
        }
        return InetAddress.ofLiteral(bare).isLoopbackAddress();
    }

    private static Region region(S3Options options) {
        return options.region() != null ? Region.of(options.region()) : configuredRegion();
    }

    /**
     * The region of the environment or the shared profile. The instance's own region is not asked for: off a cloud that
     * takes seconds, and Amazon redirects a request for another region.
     */
    private static Region configuredRegion() {
        try {
            Region region = new AwsRegionProviderChain(
                            new SystemSettingsRegionProvider(), new AwsProfileRegionProvider())
                    .getRegion();
            return region == null ? Region.US_EAST_1 : region;
        } catch (SdkClientException none) {
            return Region.US_EAST_1;
        }
    }

    private static AwsCredentialsProvider credentials(S3Credentials credentials) {
        return switch (credentials) {
            case S3Credentials.Anonymous _ -> AnonymousCredentialsProvider.create();
            case S3Credentials.Keys keys ->
                StaticCredentialsProvider.create(
                        keys.sessionToken() == null
                                ? AwsBasicCredentials.create(keys.accessKey(), keys.secretKey())
                                : AwsSessionCredentials.create(
                                        keys.accessKey(), keys.secretKey(), keys.sessionToken()));
            case S3Credentials.DefaultChain chain -> {
                DefaultCredentialsProvider.Builder builder = DefaultCredentialsProvider.builder();
                if (chain.profile() != null) {
                    builder.profileName(chain.profile());
                }
                yield builder.build();
            }
        };
    }
}
