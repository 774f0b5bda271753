package dev.leat.dataset.hdfs;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.dataset.web.Addresses;
import dev.leat.dataset.web.Json;
import dev.leat.dataset.web.RangeBody;
import dev.leat.dataset.web.Web;
import dev.leat.store.Keys;
import dev.leat.store.Requests;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreMetrics;
import dev.leat.store.StoreOperation;
import dev.leat.store.StoreOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A directory of a Hadoop file system by WebHDFS or HttpFS. A version is told by inode number, time of change and length. The
 * protocol has no conditions, so a file is looked at after each read: numbers and times do not come back, so what is the
 * version then was the version while it was read.
 */
public final class WebHdfsSource implements Source {
    private static final int PAGE_BYTES_MAX = 64 << 20;
    private static final int QUOTE_CHARS_MAX = 200;
    private static final int REDIRECTS_MAX = 3;

    private final URI server;
    private final String root;
    private final String user;
    private final Web web;
    private final Requests requests;

    /**
     * Reads from a directory.
     *
     * @param server of the name node or of HttpFS
     * @param root absolute path, without a slash at its end unless it is the root
     * @param environment where the user's name is looked for
     * @param agent what this program calls itself
     * @param caBundle PEM file of further certificate authorities, or null
     */
    public WebHdfsSource(
            URI server,
            String root,
            StoreOptions options,
            Map<String, String> environment,
            String agent,
            @Nullable Path caBundle)
            throws StoreException {
        this.server = server;
        this.root = root.equals("/") ? "" : root;
        this.user = environment.getOrDefault("HADOOP_USER_NAME", System.getProperty("user.name", "nobody"));
        this.web = new Web(agent, caBundle);
        this.requests = new Requests(location(), options.limits(), options.retries());
    }

    @Override
    public String location() {
        String scheme = server.getScheme().equals("https") ? "swebhdfs" : "webhdfs";
        return scheme + "://" + server.getRawAuthority() + root + "/";
    }

    @Override
    public String kind() {
        return "webhdfs";
    }

    private URI address(String path, String operation) {
        StringBuilder address = new StringBuilder(server.toString()).append("/webhdfs/v1");
        for (String name : (root + "/" + path).split("/")) {
            if (!name.isEmpty()) {
                address.append('/').append(Addresses.escape(name));
            }
        }
        if (root.isEmpty() && path.isEmpty()) {
            address.append('/');
        }
        address.append("?op=").append(operation);
        return URI.create(
                address.append("&user.name=").append(Addresses.escape(user)).toString());
    }

    @Override
    public void list(String directory, Sink sink) throws StoreException {
        String what = "list " + location() + directory;
        String after = null;
        long remaining;
        do {
            // Name nodes know the one spelling, HttpFS the other.
            String from = after == null ? "" : Addresses.escape(after);
            String operation =
                    "LISTSTATUS_BATCH" + (after == null ? "" : "&startafter=" + from + "&startAfter=" + from);
            URI address = address(directory, operation);
            Json listing = requests.call(StoreOperation.LIST, 0, () -> json(what, address))
                    .at("DirectoryListing");
            List<SourceEntry> entries = entries(what, listing);
            if (after != null
                    && !entries.isEmpty()
                    && Keys.ORDER.compare(entries.getFirst().name(), after) <= 0) {
                throw new StoreException(Kind.CORRUPT, "cannot " + what + ": the listing goes in a circle");
            }
            for (SourceEntry entry : entries) {
                if (!sink.take(entry)) {
                    return;
                }
            }
            after = entries.isEmpty() ? null : entries.getLast().name();
            remaining = listing.at("remainingEntries").number(0);
        } while (remaining > 0 && after != null);
    }

    private static List<SourceEntry> entries(String what, Json listing) throws StoreException {
        List<SourceEntry> entries = new ArrayList<>();
        for (Json status :
                listing.at("partialListing").at("FileStatuses").at("FileStatus").list()) {
            String name = status.at("pathSuffix").text("");
            if (name.isEmpty()) {
                throw new StoreException(Kind.NOT_FOUND, "cannot " + what + ": it is a file");
            }
            entries.add(new SourceEntry(name, facts(status)));
        }
        return entries;
    }

    private static Facts facts(Json status) {
        long modified = status.at("modificationTime").number(Facts.UNKNOWN);
        long length = status.at("length").number(Facts.UNKNOWN);
        return switch (status.at("type").text("")) {
            case "DIRECTORY" -> Facts.directory(modified);
            case "SYMLINK" -> {
                String target = status.at("symlink").text("");
                yield new Facts(EntryKind.LINK, target.length(), modified, null, null, target);
            }
            default -> Facts.file(length, modified, status.at("fileId").number(0) + "-" + modified);
        };
    }

    @Override
    public Facts facts(String path) throws StoreException {
        String what = "look up " + location() + path;
        URI address = address(path, "GETFILESTATUS");
        return facts(
                requests.call(StoreOperation.HEAD, 0, () -> json(what, address)).at("FileStatus"));
    }

    @Override
    public void read(String path, Facts version, long offset, ByteBuffer destination) throws StoreException {
        int position = destination.position();
        int length = destination.remaining();
        URI address = address(path, "OPEN&offset=" + offset + "&length=" + length);
        requests.call(StoreOperation.GET, length, () -> {
            destination.position(position);
            readOnce(path, address, destination);
            return true;
        });
        Facts now = facts(path);
        if (now.kind() != EntryKind.FILE
                || now.sizeBytes() != version.sizeBytes()
                || !String.valueOf(now.validator()).equals(version.validator())) {
            destination.position(position);
            throw changed("read " + location() + path, null);
        }
    }

    private static StoreException changed(String what, @Nullable Throwable cause) {
        return new StoreException(Kind.PRECONDITION_FAILED, what + ": it is another version by now", cause);
    }

    private void readOnce(String path, URI first, ByteBuffer destination) throws StoreException {
        String what = "read " + location() + path;
        URI at = first;
        for (int redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
            // What comes is the range, with the status of a whole.
            RangeBody body = new RangeBody(destination, 0);
            Web.Answer answer = web.sendOnce("GET", at, Map.of(), body::receive);
            String location = answer.header("Location");
            if (Web.isRedirect(answer.status()) && location != null) {
                // To the data node that has the bytes.
                at = URI.create(location);
                continue;
            }
            if (answer.status() != 200) {
                throw refusal(what, at, answer);
            }
            if (destination.hasRemaining()) {
                throw changed(what, null);
            }
            return;
        }
        throw new StoreException(Kind.INVALID, "cannot " + what + ": the servers redirect in a circle");
    }

    /** A refusal to read; what the server says about it comes with the same request again, whose body is kept. */
    private StoreException refusal(String what, URI at, Web.Answer answer) throws StoreException {
        if (answer.status() == 404) {
            return new StoreException(Kind.NOT_FOUND, "cannot " + what + ": it is not there");
        }
        Web.Page page = web.page("GET", at, Map.of(), null, PAGE_BYTES_MAX);
        if (page.answer().status() < 400) {
            return new StoreException(
                    Kind.UNAVAILABLE, "cannot " + what + ": the server said " + answer.status() + ", for a moment");
        }
        StoreException failure = failure(what, page.answer().status(), page.body());
        String said = String.valueOf(failure.getMessage());
        // The file ends before the range, so it is not the one that was looked up.
        return said.contains("out of the range") || said.contains("EOF") ? changed(what, failure) : failure;
    }

    private Json json(String what, URI address) throws StoreException {
        Web.Page page = web.page("GET", address, Map.of(), null, PAGE_BYTES_MAX);
        if (page.answer().status() != 200) {
            throw failure(what, page.answer().status(), page.body());
        }
        try {
            return Json.read(page.body());
        } catch (IOException e) {
            throw new StoreException(
                    Kind.INVALID, "cannot " + what + ": the answer is no JSON; is WebHDFS served there?", e);
        }
    }

    private StoreException failure(String what, int status, byte[] body) {
        String exception = "";
        String message = "";
        try {
            Json remote = Json.read(body).at("RemoteException");
            exception = remote.at("exception").text("");
            message = remote.at("message").text("");
        } catch (IOException e) {
            // A page for people: the status says it.
        }
        String line = message.lines().findFirst().orElse("").strip();
        String said = line.length() > QUOTE_CHARS_MAX ? line.substring(0, QUOTE_CHARS_MAX) + "…" : line;
        String start = "cannot " + what + ": ";
        return switch (exception) {
            case "FileNotFoundException" -> new StoreException(Kind.NOT_FOUND, start + "it is not there");
            case "AccessControlException", "SecurityException" ->
                new StoreException(Kind.DENIED, start + "no permission for the user " + user + " (" + said + ")");
            case "StandbyException", "RetriableException", "SafeModeException" ->
                new StoreException(Kind.UNAVAILABLE, start + "the name node is not active (" + said + ")");
            default ->
                switch (status) {
                    case 401 ->
                        new StoreException(
                                Kind.DENIED,
                                start
                                        + "the cluster wants Kerberos, which webhdfs:// does not speak here; hdfs:// does");
                    case 403 -> new StoreException(Kind.DENIED, start + "the server says 403 " + said);
                    case 404 ->
                        new StoreException(
                                Kind.NOT_FOUND, start + "the server says 404; is WebHDFS served at " + server + "?");
                    case 429, 503 -> new StoreException(Kind.THROTTLED, start + "the server says " + status);
                    case 500, 502, 504 ->
                        new StoreException(Kind.UNAVAILABLE, start + "the server says " + status + " " + said);
                    default -> new StoreException(Kind.INVALID, start + "the server says " + status + " " + said);
                };
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
