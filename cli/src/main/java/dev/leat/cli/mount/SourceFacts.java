package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.PacedProgress;
import dev.leat.dataset.read.Sweep;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.tree.Branch;
import dev.leat.dataset.tree.Node;
import dev.leat.store.Blob;
import dev.leat.store.StoreException;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What is known of a name of data in place, of all below it, and of how much of that the cache holds. */
final class SourceFacts {
    private static final int THREADS = 32;

    private final DatasetParts parts;

    SourceFacts(DatasetParts parts) {
        this.parts = parts;
    }

    /** What a tree adds up to; counted from many threads. */
    static final class Sum implements Sweep.Visitor {
        private final DatasetParts parts;
        private final PacedProgress progress;
        private final AtomicLong files = new AtomicLong();
        private final AtomicLong directories = new AtomicLong();
        private final AtomicLong bytes = new AtomicLong();
        private final AtomicLong cachedFiles = new AtomicLong();
        private final AtomicLong cachedBytes = new AtomicLong();
        private final AtomicLong failed = new AtomicLong();
        private volatile @Nullable String firstFailure;

        Sum(DatasetParts parts, PacedProgress progress) {
            this.parts = parts;
            this.progress = progress;
        }

        @Override
        public void file(Sweep.Found file) throws IOException {
            files.incrementAndGet();
            bytes.addAndGet(file.facts().sizeBytes());
            Blob blob = file.blob();
            long cached = blob == null ? 0 : parts.cache().cachedBytes(blob);
            cachedBytes.addAndGet(cached);
            if (cached == file.facts().sizeBytes()) {
                cachedFiles.incrementAndGet();
            }
            progress.report(() -> Map.of("files", files.get(), "bytes", bytes.get()));
        }

        @Override
        public void directory(String path) {
            directories.incrementAndGet();
        }

        @Override
        public void failed(String path, StoreException why) {
            failed.incrementAndGet();
            firstFailure = firstFailure == null ? path + ": " + why.getMessage() : firstFailure;
        }

        Map<String, @Nullable Object> facts() {
            Map<String, @Nullable Object> facts = new LinkedHashMap<>();
            facts.put("files", files.get());
            facts.put("directories", directories.get());
            facts.put("sizeBytes", bytes.get());
            facts.put("cachedFiles", cachedFiles.get());
            facts.put("cachedBytes", cachedBytes.get());
            facts.put("unreadable", failed.get());
            if (firstFailure != null) {
                facts.put("firstUnreadable", firstFailure);
            }
            return facts;
        }
    }

    /** Adds up all below a node. */
    Map<String, @Nullable Object> sum(Node node, ControlServer.Progress progress) throws IOException {
        Sum sum = new Sum(parts, new PacedProgress(progress));
        new Sweep(parts.tree(), parts.origin(), THREADS).run(List.of(node), sum);
        return sum.facts();
    }

    /** What is known of an inode; with {@code recursive} all below it is added up. */
    Map<String, @Nullable Object> info(Map<?, ?> arguments, ControlServer.Progress progress) throws IOException {
        Node node = arguments.get("inode") instanceof Long ino ? parts.tree().byIno(ino) : null;
        if (node == null) {
            throw CliException.failed("there is no inode " + arguments.get("inode") + " that this mount knows");
        }
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        Branch branch = node.branch();
        Facts known = node.facts();
        facts.put("inode", node.ino());
        facts.put("type", known.kind().name().toLowerCase(Locale.ROOT));
        facts.put("mount", branch == null ? null : branch.name());
        facts.put("source", branch == null ? null : branch.source().location());
        facts.put("sourcePath", node.sourcePath());
        facts.put(
                "modified",
                known.modifiedEpochMs() == Facts.UNKNOWN
                        ? null
                        : Instant.ofEpochMilli(known.modifiedEpochMs()).toString());
        if (Boolean.TRUE.equals(arguments.get("recursive"))) {
            facts.putAll(sum(node, progress));
            return facts;
        }
        if (!node.isDirectory()) {
            Facts confirmed = known.isConfirmed() ? known : parts.tree().open(node);
            Facts shown = confirmed == null ? known : confirmed;
            facts.put("version", shown.validator());
            facts.put("sizeBytes", shown.sizeBytes());
            boolean hasBytes = shown.isConfirmed() && shown.sizeBytes() > 0;
            facts.put(
                    "cachedBytes",
                    hasBytes ? parts.cache().cachedBytes(parts.origin().blob(node, shown)) : 0L);
        }
        return facts;
    }
}
