package dev.leat.dataset.azure;

import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.dataset.web.Addresses;
import dev.leat.dataset.web.RangeBody;
import dev.leat.dataset.web.Web;
import dev.leat.store.Requests;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreMetrics;
import dev.leat.store.StoreOperation;
import dev.leat.store.StoreOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A container of Azure Blob Storage, or the part of it under a prefix, as directories. Listings tell lengths and ETags, so
 * nothing is asked for each blob; every read carries If-Match.
 */
public final class AzureSource implements Source {
    /** A version of the service that knows all that is asked here, and that emulators know as well. */
    private static final String SERVICE_VERSION = "2021-12-02";

    private static final String PUBLIC_CLOUD = "blob.core.windows.net";
    private static final int PAGE_BYTES_MAX = 64 << 20;

    /** Most that the service gives at a time. */
    private static final int PAGE_ENTRIES = 5_000;

    private final String account;
    private final String container;
    private final String prefix;
    private final String endpoint;
    private final Web web;
    private final AzureAccess access;
    private final Requests requests;

    /**
     * Reads from a container.
     *
     * @param account the storage account; null for the one that option or environment name
     * @param host where the account is served, as in {@code abfss://container@host/}; null for the usual place
     * @param prefix what names begin with: empty, or ending in a slash
     * @param environment where account and credentials are looked for
     * @param agent what this program calls itself
     * @param caBundle PEM file of further certificate authorities, or null
     */
    public AzureSource(
            @Nullable String account,
            @Nullable String host,
            String container,
            String prefix,
            StoreOptions options,
            Map<String, String> environment,
            String agent,
            @Nullable Path caBundle)
            throws StoreException {
        AzureSettings settings = AzureSettings.of(environment);
        this.account = account(account, options, settings);
        this.container = container;
        this.prefix = prefix;
        URI server = options.endpoint() == null ? settings.endpoint() : options.endpoint();
        this.endpoint = server == null
                ? "https://" + (host == null ? this.account + "." + PUBLIC_CLOUD : host)
                : server.toString().replaceAll("/+$", "");
        this.web = new Web(agent, caBundle);
        this.access = new AzureAccess(
                web, this.account, settings, environment, options.cloud().anonymous());
        this.requests = new Requests(location(), options.limits(), options.retries());
    }

    private static String account(@Nullable String written, StoreOptions options, AzureSettings settings)
            throws StoreException {
        String chosen = written != null ? written : options.cloud().account();
        chosen = chosen != null ? chosen : settings.account();
        if (chosen == null || chosen.isEmpty()) {
            throw new StoreException(
                    Kind.INVALID,
                    "no storage account is named: write abfss://CONTAINER@ACCOUNT/PREFIX, or give --account or "
                            + "AZURE_STORAGE_ACCOUNT");
        }
        return chosen;
    }

    @Override
    public String location() {
        return endpoint + "/" + container + "/" + prefix;
    }

    @Override
    public String kind() {
        return "az";
    }

    @Override
    public void list(String directory, Sink sink) throws StoreException {
        String under = prefix + (directory.isEmpty() ? "" : directory + "/");
        String marker = "";
        do {
            SortedMap<String, String> query = new TreeMap<>(Map.of(
                    "restype", "container",
                    "comp", "list",
                    "prefix", under,
                    "delimiter", "/",
                    "maxresults", Integer.toString(PAGE_ENTRIES)));
            if (!marker.isEmpty()) {
                query.put("marker", marker);
            }
            String what = "list " + location() + directory;
            BlobPage page = requests.call(StoreOperation.LIST, 0, () -> page(what, under, query));
            for (SourceEntry entry : page.entries()) {
                if (!sink.take(entry)) {
                    return;
                }
            }
            if (!page.next().isEmpty() && page.next().equals(marker)) {
                throw new StoreException(
                        Kind.CORRUPT, "the listing of " + location() + directory + " goes in a circle");
            }
            marker = page.next();
        } while (!marker.isEmpty());
    }

    private BlobPage page(String what, String under, SortedMap<String, String> query) throws StoreException {
        Web.Page page = authorized(
                () -> new Call("GET", "/" + Addresses.escape(container), query, new TreeMap<>()),
                (address, headers) -> web.page("GET", address, headers, null, PAGE_BYTES_MAX),
                got -> got.answer().status());
        if (page.answer().status() != 200) {
            throw failure(what, page.answer());
        }
        return BlobPage.read(page.body(), under, what);
    }

    /**
     * A request before it is signed.
     *
     * @param path escaped, from the endpoint on
     * @param query parameters, not escaped
     * @param headers names in lower case
     */
    record Call(String method, String path, SortedMap<String, String> query, SortedMap<String, String> headers) {}

    /** Sends what was signed. */
    private interface Sender<T> {
        T send(URI address, Map<String, String> headers) throws StoreException;
    }

    /** Sends a request; once more with another token where the first one is refused. */
    private <T> T authorized(Supplier<Call> request, Sender<T> sender, ToIntFunction<T> status) throws StoreException {
        Call call = request.get();
        T got = sender.send(address(call), signed(call));
        if (status.applyAsInt(got) == 401 && access.refused(call)) {
            Call again = request.get();
            got = sender.send(address(again), signed(again));
        }
        return got;
    }

    private URI address(Call call) throws StoreException {
        StringBuilder address = new StringBuilder(endpoint).append(call.path());
        char separator = '?';
        for (Map.Entry<String, String> parameter : call.query().entrySet()) {
            address.append(separator)
                    .append(parameter.getKey())
                    .append('=')
                    .append(Addresses.escape(parameter.getValue()));
            separator = '&';
        }
        String sas = access.signature();
        if (sas != null) {
            address.append(separator).append(sas);
        }
        return URI.create(address.toString());
    }

    private Map<String, String> signed(Call call) throws StoreException {
        call.headers().put("x-ms-version", SERVICE_VERSION);
        call.headers()
                .put(
                        "x-ms-date",
                        DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(java.time.ZoneOffset.UTC)));
        access.authorize(call, URI.create(endpoint).getRawPath());
        return call.headers();
    }

    private Call blob(String method, String path) {
        StringBuilder address = new StringBuilder("/").append(Addresses.escape(container));
        for (String name : (prefix + path).split("/", -1)) {
            address.append('/').append(Addresses.escape(name));
        }
        return new Call(method, address.toString(), new TreeMap<>(), new TreeMap<>());
    }

    @Override
    public Facts facts(String path) throws StoreException {
        if (path.isEmpty()) {
            return Facts.directory(Facts.UNKNOWN);
        }
        String what = "look up " + location() + path;
        Web.Answer answer = requests.call(StoreOperation.HEAD, 0, () -> {
            Web.Answer got = authorized(
                    () -> blob("HEAD", path),
                    (address, headers) -> web.sendOnce("HEAD", address, headers, _ -> Web.nobody()),
                    Web.Answer::status);
            if (got.status() != 200) {
                throw failure(what, got);
            }
            return got;
        });
        if ("true".equals(answer.header("x-ms-meta-hdi_isfolder"))) {
            return Facts.directory(modified(answer.header("Last-Modified")));
        }
        String length = answer.header("Content-Length");
        String etag = answer.header("ETag");
        if (length == null || etag == null) {
            throw new StoreException(Kind.INVALID, "cannot " + what + ": the server tells no length and ETag");
        }
        return Facts.file(Long.parseLong(length), modified(answer.header("Last-Modified")), plain(etag));
    }

    /** An ETag without quotes, as listings have it. */
    static String plain(String etag) {
        return etag.length() > 1 && etag.startsWith("\"") && etag.endsWith("\"")
                ? etag.substring(1, etag.length() - 1)
                : etag;
    }

    static long modified(@Nullable String date) {
        try {
            return date == null
                    ? Facts.UNKNOWN
                    : ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant()
                            .toEpochMilli();
        } catch (DateTimeException e) {
            return Facts.UNKNOWN;
        }
    }

    @Override
    public void read(String path, Facts version, long offset, ByteBuffer destination) throws StoreException {
        String etag = version.validator();
        if (etag == null) {
            throw new StoreException(Kind.INVALID, "no version of " + location() + path + " was asked for");
        }
        int position = destination.position();
        int length = destination.remaining();
        String what = "read " + location() + path;
        requests.call(StoreOperation.GET, length, () -> {
            destination.position(position);
            RangeBody body = new RangeBody(destination, offset);
            Web.Answer answer = authorized(
                    () -> {
                        Call call = blob("GET", path);
                        call.headers().put("x-ms-range", "bytes=" + offset + "-" + (offset + length - 1));
                        call.headers().put("if-match", "\"" + etag + "\"");
                        return call;
                    },
                    (address, headers) -> web.sendOnce("GET", address, headers, body::receive),
                    Web.Answer::status);
            if (answer.status() >= 300) {
                throw failure(what, answer);
            }
            String got = answer.header("ETag");
            if (got != null && !plain(got).equals(etag)) {
                throw new StoreException(Kind.PRECONDITION_FAILED, what + ": it is another version by now");
            }
            if (destination.hasRemaining() || body.isLonger()) {
                throw new StoreException(
                        Kind.CORRUPT, what + ": the body is not the " + length + " bytes that were asked for");
            }
            return true;
        });
    }

    private StoreException failure(String what, Web.Answer answer) {
        String code = answer.header("x-ms-error-code");
        String said = answer.status() + (code == null ? "" : " " + code);
        String line = "cannot " + what + ": ";
        return switch (answer.status()) {
            case 401, 403 ->
                new StoreException(
                        Kind.DENIED,
                        line + "the service says " + said + " to " + access.source() + "; " + access.mend(code));
            case 404 ->
                new StoreException(
                        Kind.NOT_FOUND,
                        line
                                + ("ContainerNotFound".equals(code) || what.startsWith("list")
                                        ? "there is no container " + container + " in the account " + account
                                        : "it is not there"));
            case 409 ->
                new StoreException(
                        "PublicAccessNotPermitted".equals(code) ? Kind.DENIED : Kind.INVALID,
                        line + "the service says " + said + " to " + access.source());
            case 412, 416 -> new StoreException(Kind.PRECONDITION_FAILED, line + "it is another version by now");
            case 429, 503 -> new StoreException(Kind.THROTTLED, line + "the service says " + said);
            case 408, 500, 502, 504 -> new StoreException(Kind.UNAVAILABLE, line + "the service says " + said);
            default -> new StoreException(Kind.INVALID, line + "the service says " + said);
        };
    }

    @Override
    public StoreMetrics metrics() {
        return requests.metrics();
    }

    @Override
    public long retries() {
        return requests.retries();
    }

    @Override
    public long refusedRetries() {
        return requests.refusedByBudget();
    }

    @Override
    public void close() {
        web.close();
    }
}
