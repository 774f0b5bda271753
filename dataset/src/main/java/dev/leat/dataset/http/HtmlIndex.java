package dev.leat.dataset.http;

import dev.leat.dataset.source.SourceEntry;
import dev.leat.dataset.web.Addresses;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeVisitor;
import org.jspecify.annotations.Nullable;

/**
 * Reads an index page of any server: each link to a name right below the page's own address is an entry, and the words
 * behind it, up to the next link, say when it was changed and how long it is. Links that sort, that lead up or out of the
 * tree, or that go further down are none; a name that is linked twice, as by its icon, is one entry.
 */
final class HtmlIndex {
    /** The depth of no anchor. */
    private static final int OUTSIDE = -1;

    private final URI page;
    private final List<String> directory;
    private final Map<String, IndexRow> rows = new LinkedHashMap<>();
    private boolean leadsUp;

    private HtmlIndex(URI page) {
        this.page = page;
        List<String> names = Addresses.names(page.getRawPath());
        this.directory = names.subList(0, names.size() - 1);
    }

    /**
     * The entries of a page.
     *
     * @param page its address; what follows the last slash is not part of the directory
     * @return null if this is no index page: it has no entries, and nothing else of one
     */
    static @Nullable List<SourceEntry> read(byte[] html, @Nullable String charset, URI page) throws IOException {
        Document document = Jsoup.parse(new ByteArrayInputStream(html), charset, page.toString());
        HtmlIndex index = new HtmlIndex(page);
        document.traverse(index.new Visitor());
        boolean titled = document.title().toLowerCase(Locale.ROOT).contains("index of")
                || document.title().toLowerCase(Locale.ROOT).contains("directory listing");
        if (index.rows.isEmpty() && !index.leadsUp && !titled) {
            return null;
        }
        return index.rows.values().stream().map(IndexRow::entry).toList();
    }

    /** Goes over the page in the order in which it is read. */
    private final class Visitor implements NodeVisitor {
        private @Nullable IndexRow row;
        private int anchorDepth = OUTSIDE;

        @Override
        public void head(Node node, int depth) {
            if (node instanceof TextNode text) {
                if (row != null && anchorDepth == OUTSIDE) {
                    row.say(text.getWholeText());
                }
            } else if (node instanceof Element element) {
                element(element, depth);
            }
        }

        private void element(Element element, int depth) {
            switch (element.normalName()) {
                case "a" -> {
                    anchorDepth = depth;
                    row = element.hasAttr("href") ? linked(element.absUrl("href"), element.attr("href")) : row;
                }
                case "td" -> {
                    if (row != null && element.hasAttr("data-size")) {
                        row.size(element.attr("data-size"));
                    } else if (row != null && element.hasAttr("data-order")) {
                        row.size(element.attr("data-order"));
                    }
                }
                case "time" -> {
                    if (row != null && element.hasAttr("datetime")) {
                        row.modified(element.attr("datetime"));
                    }
                }
                default -> {
                    // Says nothing by itself.
                }
            }
        }

        @Override
        public void tail(Node node, int depth) {
            if (depth == anchorDepth) {
                anchorDepth = OUTSIDE;
            }
        }
    }

    /** The row of a link; null if it leads anywhere else. */
    private @Nullable IndexRow linked(String address, String written) {
        if (written.startsWith("..") || written.equals("/")) {
            leadsUp = true;
        }
        int fragment = address.indexOf('#');
        String whole = fragment < 0 ? address : address.substring(0, fragment);
        if (whole.indexOf('?') >= 0 || written.startsWith("#")) {
            return null;
        }
        int colon = whole.indexOf("://");
        int slash = colon < 0 ? -1 : whole.indexOf('/', colon + 3);
        if (slash < 0 || !isHere(whole.substring(0, slash))) {
            return null;
        }
        List<String> names = Addresses.names(whole.substring(slash));
        int depth = directory.size();
        if (names.size() <= depth || !names.subList(0, depth).equals(directory)) {
            // The parent's address is the beginning of this one's.
            leadsUp |= directory.size() >= names.size() - 1
                    && directory.subList(0, names.size() - 1).equals(names.subList(0, names.size() - 1));
            return null;
        }
        String name = names.get(depth);
        boolean ended = names.size() == depth + 2 && names.getLast().isEmpty();
        boolean isName = !name.isEmpty() && !name.equals(".") && !name.equals("..") && name.indexOf('/') < 0;
        if (!isName || !(names.size() == depth + 1 || ended)) {
            return null;
        }
        IndexRow known = rows.get(name);
        if (known != null) {
            return known;
        }
        IndexRow row = new IndexRow(name, ended);
        rows.put(name, row);
        return row;
    }

    private boolean isHere(String origin) {
        try {
            URI other = new URI(origin);
            return Addresses.sameServer(page, other.getScheme(), other.getHost(), other.getPort());
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
