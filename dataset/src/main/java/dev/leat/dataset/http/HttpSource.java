package dev.leat.dataset.http;

import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.dataset.web.Addresses;
import dev.leat.dataset.web.RangeBody;
import dev.leat.dataset.web.Web;
import dev.leat.store.Requests;
import dev.leat.store.RetryPolicy;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreMetrics;
import dev.leat.store.StoreOperation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A directory tree behind the index pages of a web server, such as Apache, nginx, lighttpd or Caddy. Names come from the
 * pages; lengths too where a page gives them to the byte; versions from the headers of each file. Reads are ranges under the
 * condition that the version is still the same, and an answer that is of another one, or is no data at all, is refused.
 */
public final class HttpSource implements Source {
    /** Index pages larger than this are no index pages: a hundred bytes for each of 600,000 names. */
    private static final int PAGE_BYTES_MAX = 64 << 20;

    /** What other people's web servers stand without complaint. */
    private static final int IN_FLIGHT = 32;

    private static final Pattern RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");
    private static final Pattern CHARSET = Pattern.compile("charset=\"?([\\w.:-]+)", Pattern.CASE_INSENSITIVE);
    private static final Pattern HTML_NAME = Pattern.compile(".*\\.[sx]?html?", Pattern.CASE_INSENSITIVE);

    private final URI root;
    private final Web web;
    private final Requests requests;

    /**
     * Reads from a web server.
     *
     * @param root address of the tree's root, {@code http} or {@code https}, with a slash at its end
     * @param agent what this program calls itself
     * @param caBundle PEM file of further certificate authorities, or null
     */
    public HttpSource(URI root, String agent, @Nullable Path caBundle, StoreLimits limits, RetryPolicy retries)
            throws StoreException {
        this.root = root;
        this.web = new Web(agent, caBundle);
        StoreLimits kept = limits.requestsInFlightMax() != 0
                ? limits
                : new StoreLimits(
                        IN_FLIGHT,
                        limits.requestsPerSecond(),
                        limits.uploadBytesPerSecond(),
                        limits.downloadBytesPerSecond());
        this.requests = new Requests(root.toString(), kept, retries);
    }

    @Override
    public String location() {
        return root.toString();
    }

    @Override
    public String kind() {
        return "http";
    }

    private URI address(String path, boolean directory) {
        if (path.isEmpty()) {
            return root;
        }
        StringBuilder address = new StringBuilder(root.toString());
        String separator = "";
        for (String name : path.split("/")) {
            address.append(separator).append(Addresses.escape(name));
            separator = "/";
        }
        return URI.create(directory ? address + "/" : address.toString());
    }

    // Listings.

    @Override
    public void list(String directory, Sink sink) throws StoreException {
        URI address = address(directory, true);
        List<SourceEntry> entries = requests.call(StoreOperation.LIST, 0, () -> {
            List<SourceEntry> found = page(address, "application/json, text/html;q=0.9, */*;q=0.1");
            // JSON that is no listing: some servers have an answer of their own for who asks for it.
            return found != null ? found : pageOrFail(address);
        });
        for (SourceEntry entry : entries) {
            if (!sink.take(entry)) {
                return;
            }
        }
    }

    private List<SourceEntry> pageOrFail(URI address) throws StoreException {
        List<SourceEntry> found = page(address, "text/html, */*;q=0.1");
        if (found == null) {
            throw new StoreException(
                    Kind.INVALID, address + " shows no index of files; a directory tree is mounted by its index pages");
        }
        return found;
    }

    private @Nullable List<SourceEntry> page(URI address, String accept) throws StoreException {
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        Web.Answer answer = web.send("GET", address, Map.of("Accept", accept), info -> piece -> {
            byte[] bytes = new byte[piece.remaining()];
            piece.get(bytes);
            page.writeBytes(bytes);
            return page.size() <= PAGE_BYTES_MAX;
        });
        StoreException refusal = Web.refusal("list " + address, answer);
        if (refusal != null) {
            throw refusal;
        }
        if (!answer.complete()) {
            throw new StoreException(
                    Kind.INVALID, address + " is no index page: it is larger than " + (PAGE_BYTES_MAX >> 20) + " MiB");
        }
        String type = type(answer);
        if (type.endsWith("json")) {
            return JsonIndex.read(page.toByteArray());
        }
        if (!type.contains("html")) {
            return null;
        }
        try {
            return HtmlIndex.read(page.toByteArray(), charset(answer), answer.uri());
        } catch (IOException e) {
            throw new StoreException(Kind.CORRUPT, address + " cannot be read as a page: " + e.getMessage(), e);
        }
    }

    private static String type(Web.Answer answer) {
        String type = answer.header("Content-Type");
        int end = type == null ? -1 : type.indexOf(';');
        return type == null
                ? ""
                : (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    private static @Nullable String charset(Web.Answer answer) {
        String type = answer.header("Content-Type");
        Matcher matcher = CHARSET.matcher(type == null ? "" : type);
        return matcher.find() && Charset.isSupported(matcher.group(1)) ? matcher.group(1) : null;
    }

    // Facts.

    @Override
    public Facts facts(String path) throws StoreException {
        if (path.isEmpty()) {
            return Facts.directory(Facts.UNKNOWN);
        }
        URI address = address(path, false);
        return requests.call(StoreOperation.HEAD, 0, () -> {
            Web.Answer answer = web.send("HEAD", address, Map.of(), _ -> Web.nobody());
            boolean refused = answer.status() == 405 || answer.status() == 501;
            Facts facts = refused ? null : facts(path, answer, length(answer));
            return facts != null ? facts : factsByByte(path, address);
        });
    }

    /** From a request for the first byte, where the server does not like HEAD or does not tell the length in its answer. */
    private Facts factsByByte(String path, URI address) throws StoreException {
        Web.Answer answer = web.send("GET", address, Map.of("Range", "bytes=0-0"), _ -> Web.nobody());
        long length = answer.status() == 206 ? rangeTotal(answer) : length(answer);
        // No byte at 0: it is empty.
        boolean empty = answer.status() == 416;
        Facts facts = empty
                ? facts(path, new Web.Answer(200, answer.headers(), answer.uri(), true), 0)
                : facts(path, answer, length);
        if (facts == null) {
            throw new StoreException(Kind.INVALID, "the server does not tell the length of " + address);
        }
        return facts;
    }

    /** Null if the answer does not tell the length. */
    private @Nullable Facts facts(String path, Web.Answer answer, long length) throws StoreException {
        String what = "look up " + root + path;
        StoreException refusal = Web.refusal(what, answer);
        if (refusal != null) {
            throw refusal;
        }
        if (answer.uri().getRawPath().endsWith("/")) {
            return Facts.directory(Facts.UNKNOWN);
        }
        Version version = Version.of(answer);
        String validator = version.text();
        if (validator == null) {
            boolean page =
                    type(answer).contains("html") && !HTML_NAME.matcher(path).matches();
            throw page
                    ? new StoreException(Kind.CORRUPT, what + ": an HTML page came in place of the file")
                    : new StoreException(
                            Kind.INVALID,
                            what + ": the server gives neither ETag nor Last-Modified, so that versions of the file "
                                    + "could not be told apart");
        }
        if (length < 0) {
            return null;
        }
        return Facts.file(length, version.modifiedEpochMs().orElse(Facts.UNKNOWN), validator);
    }

    private static long length(Web.Answer answer) {
        // What is compressed on the way has another length there.
        String encoding = answer.header("Content-Encoding");
        boolean plain = encoding == null || encoding.equalsIgnoreCase("identity");
        String length = answer.header("Content-Length");
        return plain && length != null && length.matches("\\d{1,18}") ? Long.parseLong(length) : -1;
    }

    private static long rangeTotal(Web.Answer answer) {
        String range = answer.header("Content-Range");
        Matcher matcher = RANGE.matcher(range == null ? "" : range);
        return matcher.matches() ? Long.parseLong(matcher.group(3)) : -1;
    }

    // Bytes.

    @Override
    public void read(String path, Facts version, long offset, ByteBuffer destination) throws StoreException {
        int position = destination.position();
        int length = destination.remaining();
        URI address = address(path, false);
        requests.call(StoreOperation.GET, length, () -> {
            destination.position(position);
            readOnce(address, path, version, offset, destination);
            return true;
        });
    }

    private void readOnce(URI address, String path, Facts facts, long offset, ByteBuffer destination)
            throws StoreException {
        int length = destination.remaining();
        String validator = facts.validator();
        if (validator == null) {
            throw new StoreException(Kind.INVALID, "no version of " + address + " was asked for");
        }
        Version version = Version.parse(validator);
        Map<String, String> headers = new HashMap<>();
        headers.put("Range", "bytes=" + offset + "-" + (offset + length - 1));
        version.ifRange().ifPresent(condition -> headers.put("If-Range", condition));
        RangeBody body = new RangeBody(destination, offset);
        Web.Answer answer = web.send("GET", address, headers, body::receive);
        StoreException refusal = Web.refusal("read " + address, answer);
        if (refusal != null) {
            throw refusal;
        }
        check(address, path, version, facts.sizeBytes(), offset, length, answer);
        if (destination.hasRemaining()) {
            throw new StoreException(
                    Kind.CORRUPT,
                    "read " + address + ": the body ended " + destination.remaining() + " bytes short of " + length);
        }
        if (body.isLonger()) {
            throw new StoreException(Kind.CORRUPT, "read " + address + ": the body is longer than the range");
        }
    }

    /** Whether an answer is of the version and the range that were asked for. */
    private static void check(
            URI address, String path, Version version, long sizeBytes, long offset, int length, Web.Answer answer)
            throws StoreException {
        Version got = Version.of(answer);
        boolean range = answer.status() == 206;
        long total = range ? rangeTotal(answer) : length(answer);
        if (range && !version.isToldBy(got)) {
            // The server took the condition, and sends the headers of the whole only with the whole.
            got = version;
        }
        if (!version.isOf(got) || (total >= 0 && total != sizeBytes)) {
            if (!range
                    && type(answer).contains("html")
                    && !HTML_NAME.matcher(path).matches()) {
                throw new StoreException(Kind.CORRUPT, "read " + address + ": an HTML page came in place of the data");
            }
            throw new StoreException(Kind.PRECONDITION_FAILED, "read " + address + ": it is another version by now");
        }
        if (range) {
            String sent = answer.header("Content-Range");
            String asked = "bytes " + offset + "-" + (offset + length - 1) + "/";
            if (sent == null || !sent.startsWith(asked)) {
                throw new StoreException(
                        Kind.CORRUPT, "read " + address + ": '" + sent + "' came for '" + asked + sizeBytes + "'");
            }
        }
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
