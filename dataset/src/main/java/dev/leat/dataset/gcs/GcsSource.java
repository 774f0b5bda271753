package dev.leat.dataset.gcs;

import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.dataset.web.Addresses;
import dev.leat.dataset.web.Json;
import dev.leat.dataset.web.RangeBody;
import dev.leat.dataset.web.Web;
import dev.leat.store.Requests;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreMetrics;
import dev.leat.store.StoreOperation;
import dev.leat.store.StoreOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A bucket of Google Cloud Storage, or the part of it under a prefix, as directories. Listings tell lengths and generations, so
 * nothing is asked for each object; every read is of one generation.
 */
public final class GcsSource implements Source {
    private static final String SERVICE = "https://storage.googleapis.com";
    private static final int PAGE_BYTES_MAX = 64 << 20;
    private static final int QUOTE_CHARS_MAX = 200;
    private static final String FACTS = "name,size,generation,updated";

    private final String bucket;
    private final String prefix;
    private final String endpoint;
    private final @Nullable String project;
    private final Web web;
    private final GoogleAccess access;
    private final Requests requests;

    /**
     * Reads from a bucket.
     *
     * @param prefix what names begin with: empty, or ending in a slash
     * @param environment where credentials are looked for
     * @param agent what this program calls itself
     * @param caBundle PEM file of further certificate authorities, or null
     */
    public GcsSource(
            String bucket,
            String prefix,
            StoreOptions options,
            Map<String, String> environment,
            String agent,
            @Nullable Path caBundle)
            throws StoreException {
        this.bucket = bucket;
        this.prefix = prefix;
        URI server = options.endpoint();
        this.endpoint = server == null ? SERVICE : server.toString().replaceAll("/+$", "");
        this.project = options.cloud().requesterPays()
                ? environment.getOrDefault("GOOGLE_CLOUD_PROJECT", environment.get("CLOUDSDK_CORE_PROJECT"))
                : null;
        if (options.cloud().requesterPays() && project == null) {
            throw new StoreException(
                    Kind.INVALID, "--requester-pays at gs:// needs the project that pays, in GOOGLE_CLOUD_PROJECT");
        }
        this.web = new Web(agent, caBundle);
        this.access = new GoogleAccess(web, environment, options.cloud().anonymous());
        this.requests = new Requests(location(), options.limits(), options.retries());
    }

    @Override
    public String location() {
        String name = "gs://" + bucket + "/" + prefix;
        return endpoint.equals(SERVICE) ? name : name + " at " + endpoint;
    }

    @Override
    public String kind() {
        return "gs";
    }

    private URI address(@Nullable String path, Map<String, String> parameters) {
        StringBuilder address = new StringBuilder(endpoint)
                .append("/storage/v1/b/")
                .append(Addresses.escape(bucket))
                .append("/o");
        if (path != null) {
            address.append('/').append(Addresses.escape(prefix + path));
        }
        char separator = '?';
        Map<String, String> all = new HashMap<>(parameters);
        if (project != null) {
            all.put("userProject", project);
        }
        for (Map.Entry<String, String> parameter : all.entrySet()) {
            address.append(separator)
                    .append(parameter.getKey())
                    .append('=')
                    .append(Addresses.escape(parameter.getValue()));
            separator = '&';
        }
        return URI.create(address.toString());
    }

    @Override
    public void list(String directory, Sink sink) throws StoreException {
        String under = prefix + (directory.isEmpty() ? "" : directory + "/");
        String token = null;
        do {
            Map<String, String> parameters = new HashMap<>(Map.of(
                    "prefix",
                    under,
                    "delimiter",
                    "/",
                    "includeFoldersAsPrefixes",
                    "true",
                    "fields",
                    "nextPageToken,prefixes,items(" + FACTS + ")"));
            if (token != null) {
                parameters.put("pageToken", token);
            }
            URI address = address(null, parameters);
            Json page = requests.call(StoreOperation.LIST, 0, () -> json("list " + location() + directory, address));
            for (SourceEntry entry : entries(page, under)) {
                if (!sink.take(entry)) {
                    return;
                }
            }
            String next = page.at("nextPageToken").text();
            if (next != null && next.equals(token)) {
                throw new StoreException(
                        Kind.CORRUPT, "the listing of " + location() + directory + " goes in a circle");
            }
            token = next;
        } while (token != null);
    }

    private static List<SourceEntry> entries(Json page, String under) {
        List<SourceEntry> entries = new ArrayList<>();
        for (Json folded : page.at("prefixes").list()) {
            String name = folded.text("");
            if (name.length() > under.length() + 1) {
                entries.add(new SourceEntry(
                        name.substring(under.length(), name.length() - 1), Facts.directory(Facts.UNKNOWN)));
            }
        }
        for (Json item : page.at("items").list()) {
            String name = item.at("name").text("");
            // The object that marks the directory itself has no name in it.
            if (name.length() > under.length()) {
                entries.add(new SourceEntry(name.substring(under.length()), facts(item)));
            }
        }
        return entries;
    }

    private static Facts facts(Json item) {
        long modified;
        try {
            modified = Instant.parse(item.at("updated").text("")).toEpochMilli();
        } catch (DateTimeException e) {
            modified = Facts.UNKNOWN;
        }
        return Facts.file(
                item.at("size").number(Facts.UNKNOWN),
                modified,
                item.at("generation").text());
    }

    @Override
    public Facts facts(String path) throws StoreException {
        if (path.isEmpty()) {
            return Facts.directory(Facts.UNKNOWN);
        }
        URI address = address(path, Map.of("fields", FACTS));
        String what = "look up " + named(path);
        Facts facts = facts(requests.call(StoreOperation.HEAD, 0, () -> json(what, address)));
        if (!facts.isConfirmed()) {
            throw new StoreException(Kind.INVALID, "cannot " + what + ": the server gives no generation and length");
        }
        return facts;
    }

    private String named(String path) {
        return "gs://" + bucket + "/" + prefix + path;
    }

    /** One request whose answer is JSON; once more with another token where the first one is refused. */
    private Json json(String what, URI address) throws StoreException {
        String token = access.token();
        Web.Page page = web.page("GET", address, headers(token), null, PAGE_BYTES_MAX);
        if (page.answer().status() == 401 && access.refused(token)) {
            token = access.token();
            page = web.page("GET", address, headers(token), null, PAGE_BYTES_MAX);
        }
        if (page.answer().status() != 200) {
            throw failure(what, page.answer(), page.body());
        }
        try {
            return Json.read(page.body());
        } catch (IOException e) {
            throw new StoreException(Kind.CORRUPT, "cannot " + what + ": the answer is no JSON", e);
        }
    }

    private static Map<String, String> headers(@Nullable String token) {
        return token == null ? Map.of() : Map.of("Authorization", "Bearer " + token);
    }

    @Override
    public void read(String path, Facts version, long offset, ByteBuffer destination) throws StoreException {
        String generation = version.validator();
        if (generation == null) {
            throw new StoreException(Kind.INVALID, "no version of " + named(path) + " was asked for");
        }
        int position = destination.position();
        int length = destination.remaining();
        URI address = address(path, Map.of("alt", "media", "ifGenerationMatch", generation));
        requests.call(StoreOperation.GET, length, () -> {
            destination.position(position);
            String token = access.token();
            Web.Answer answer = readOnce(path, address, token, generation, offset, destination);
            if (answer.status() == 401 && access.refused(token)) {
                answer = readOnce(path, address, access.token(), generation, offset, destination);
            }
            if (answer.status() >= 300) {
                throw failure("read " + named(path), answer, new byte[0]);
            }
            return true;
        });
    }

    private Web.Answer readOnce(
            String path, URI address, @Nullable String token, String generation, long offset, ByteBuffer destination)
            throws StoreException {
        int length = destination.remaining();
        Map<String, String> headers = new HashMap<>(headers(token));
        headers.put("Range", "bytes=" + offset + "-" + (offset + length - 1));
        // Objects that were stored compressed would come unpacked, and without ranges, to who does not take gzip.
        headers.put("Accept-Encoding", "gzip");
        RangeBody body = new RangeBody(destination, offset);
        Web.Answer answer = web.sendOnce("GET", address, headers, body::receive);
        if (answer.status() >= 300) {
            return answer;
        }
        String what = "read " + named(path);
        String got = answer.header("X-Goog-Generation");
        if (got != null && !got.equals(generation)) {
            throw new StoreException(Kind.PRECONDITION_FAILED, what + ": it is another version by now");
        }
        if (destination.hasRemaining() || body.isLonger()) {
            throw new StoreException(
                    Kind.CORRUPT, what + ": the body is not the " + length + " bytes that were asked for");
        }
        return answer;
    }

    private StoreException failure(String what, Web.Answer answer, byte[] body) {
        int status = answer.status();
        String said = said(body);
        String line = "cannot " + what + ": ";
        return switch (status) {
            case 401 ->
                new StoreException(
                        Kind.DENIED, line + "the credentials are not accepted (" + access.source() + ")" + said);
            case 403 ->
                new StoreException(
                        Kind.DENIED,
                        line + "no permission for " + access.source()
                                + "; the role Storage Object Viewer on the bucket gives it" + said);
            case 404 ->
                new StoreException(
                        Kind.NOT_FOUND,
                        line + (what.startsWith("list") ? "there is no bucket " + bucket : "it is not there"));
            case 304, 412, 416 -> new StoreException(Kind.PRECONDITION_FAILED, line + "it is another version by now");
            case 429 -> new StoreException(Kind.THROTTLED, line + "the service asks for fewer requests");
            case 408, 500, 502, 503, 504 -> new StoreException(Kind.UNAVAILABLE, line + "the service says " + status);
            default -> new StoreException(Kind.INVALID, line + "the service says " + status + said);
        };
    }

    /** The service's own words, on one line. */
    private static String said(byte[] body) {
        String message;
        try {
            message = Json.read(body).at("error").at("message").text("");
        } catch (IOException e) {
            message = new String(body, StandardCharsets.UTF_8);
        }
        String line = message.replaceAll("\\s+", " ").strip();
        if (line.isEmpty()) {
            return "";
        }
        return " ('" + (line.length() > QUOTE_CHARS_MAX ? line.substring(0, QUOTE_CHARS_MAX) + "…" : line) + "')";
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
