package dev.leat.cli.mount;

import dev.leat.cli.bench.Workers;
import dev.leat.meta.content.CompactionReport;
import dev.leat.meta.content.CompactionWork;
import dev.leat.meta.content.Compactor;
import dev.leat.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does compaction work with a few threads, and counts. Each thread takes what fits into one blob. */
final class CompactionRun {
    private static final Logger log = LoggerFactory.getLogger(CompactionRun.class);

    /** Most work taken at once, in bytes: a quarter of a blob, so that threads share what there is and little is lost with a blob that is gone. */
    private static final long BATCH_BYTES = 16L << 20;

    private final Compactor compactor;
    private final int threads;
    private final AtomicLong skipped = new AtomicLong();
    private CompactionReport report = CompactionReport.NONE; // guarded by this

    CompactionRun(Compactor compactor, int threads) {
        this.compactor = compactor;
        this.threads = threads;
    }

    /** Hears of what was done. */
    interface Listener {
        /** Hears of the sum so far. */
        void done(CompactionReport sum) throws IOException;
    }

    /** Does some work; pieces whose bytes are gone meanwhile are left out. */
    void run(List<CompactionWork> works, Listener listener) throws IOException, InterruptedException {
        List<List<CompactionWork>> batches = batches(works);
        if (!batches.isEmpty()) {
            Workers.each(batches, Math.min(threads, batches.size()), batch -> listener.done(one(batch)));
        }
    }

    private CompactionReport one(List<CompactionWork> batch) throws IOException {
        CompactionReport done = CompactionReport.NONE;
        try {
            done = compactor.run(batch);
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.NOT_FOUND) {
                throw e;
            }
            // Others gave the pieces up, and garbage collection took their blobs, while this one was reading.
            log.info("compaction leaves {} pieces for later: {}", batch.size(), e.getMessage());
            skipped.incrementAndGet();
        }
        synchronized (this) {
            report = report.plus(done);
            return report;
        }
    }

    /** What was done so far. */
    synchronized CompactionReport report() {
        return report;
    }

    /** The sum, for people. */
    Map<String, @Nullable Object> facts() {
        CompactionReport sum = report();
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("extentsBefore", sum.extentsBefore());
        facts.put("extentsAfter", sum.extentsAfter());
        facts.put("writtenObjects", sum.blobs());
        facts.put("writtenBytes", sum.bytes());
        facts.put("leftForLater", skipped.get());
        return facts;
    }

    /** Cuts work into what is taken at once. */
    static List<List<CompactionWork>> batches(List<CompactionWork> works) {
        List<List<CompactionWork>> batches = new ArrayList<>();
        List<CompactionWork> batch = new ArrayList<>();
        long bytes = 0;
        for (CompactionWork work : works) {
            if (bytes > 0 && bytes + work.bytes() > BATCH_BYTES) {
                batches.add(batch);
                batch = new ArrayList<>();
                bytes = 0;
            }
            batch.add(work);
            bytes += work.bytes();
        }
        if (!batch.isEmpty()) {
            batches.add(batch);
        }
        return batches;
    }
}
