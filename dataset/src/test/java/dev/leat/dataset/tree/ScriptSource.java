package dev.leat.dataset.tree;

import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreMetrics;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Somebody's data, and how the source tells of it. */
final class ScriptSource implements Source {
    private final String location;
    final Map<String, Facts> objects = Collections.synchronizedMap(new TreeMap<>());
    final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    /** Whether listings tell versions, and lengths. */
    volatile boolean tellsVersions;

    volatile boolean tellsSizes;
    volatile boolean away;
    volatile boolean closed;

    ScriptSource(String location) {
        this.location = location;
    }

    void put(String path, long sizeBytes, String version) {
        objects.put(path, Facts.file(sizeBytes, 1_000, version));
    }

    int count(String what) {
        synchronized (asked) {
            return (int) asked.stream().filter(line -> line.startsWith(what)).count();
        }
    }

    private void ask(String what) throws StoreException {
        asked.add(what);
        if (away) {
            throw new StoreException(Kind.UNAVAILABLE, "the source is away");
        }
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public String kind() {
        return "script";
    }

    @Override
    public void list(String directory, Sink sink) throws StoreException {
        ask("list " + directory);
        String prefix = directory.isEmpty() ? "" : directory + "/";
        List<SourceEntry> entries = new ArrayList<>();
        synchronized (objects) {
            objects.forEach((path, facts) -> {
                if (path.startsWith(prefix)) {
                    String rest = path.substring(prefix.length());
                    int slash = rest.indexOf('/');
                    Facts shown = slash >= 0
                            ? Facts.directory(Facts.UNKNOWN)
                            : Facts.file(
                                    tellsSizes ? facts.sizeBytes() : Facts.UNKNOWN,
                                    facts.modifiedEpochMs(),
                                    tellsVersions ? facts.validator() : null);
                    SourceEntry entry = new SourceEntry(slash < 0 ? rest : rest.substring(0, slash), shown);
                    if (entries.isEmpty() || !entries.getLast().equals(entry)) {
                        entries.add(entry);
                    }
                }
            });
        }
        for (SourceEntry entry : entries) {
            sink.take(entry);
        }
    }

    @Override
    public Facts facts(String path) throws StoreException {
        ask("facts " + path);
        Facts facts = objects.get(path);
        if (facts == null) {
            throw new StoreException(Kind.NOT_FOUND, "no " + path);
        }
        return facts;
    }

    @Override
    public void read(String path, Facts version, long offset, ByteBuffer destination) {
        throw new UnsupportedOperationException();
    }

    @Override
    public StoreMetrics metrics() {
        return new StoreMetrics(Map.of(), 0);
    }

    @Override
    public long retries() {
        return 0;
    }

    @Override
    public long refusedRetries() {
        return 0;
    }

    @Override
    public void close() {
        closed = true;
    }
}
