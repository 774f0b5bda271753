package dev.leat.cli.report;

import dev.leat.kube.report.DaemonReport;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator how this daemon is: within a second of a change, and from time to time if nothing changes, so that silence
 * means that it is gone. An operator that is away costs nothing but a line in the log.
 */
public final class Reporter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Reporter.class);

    private static final Duration LOOK = Duration.ofSeconds(1);

    /** Sooner than the operator expects, so that one that is lost does no harm. */
    private static final Duration REPEAT = Duration.ofSeconds(DaemonReport.INTERVAL_SECONDS / 2);

    /** How long the end waits for the last word to be sent. */
    private static final Duration LAST = Duration.ofSeconds(15);

    private final ReportClient client;
    private final Thread thread;
    private volatile Supplier<DaemonReport> now;
    private final CountDownLatch ending = new CountDownLatch(1);
    private String trouble = "";

    Reporter(ReportClient client, Supplier<DaemonReport> now) {
        this.client = client;
        this.now = now;
        this.thread = Thread.ofPlatform().daemon().name("reports").start(this::run);
    }

    /** What is told from now on. */
    public void tell(Supplier<DaemonReport> from) {
        now = from;
    }

    private void run() {
        @Nullable DaemonReport sent = null;
        long sentNs = 0;
        try {
            while (true) {
                // Looked at before the report is made, so that the last one is of the end.
                boolean last = ending.getCount() == 0;
                DaemonReport report = now.get();
                if (!report.equals(sent) || System.nanoTime() - sentNs >= REPEAT.toNanos()) {
                    if (send(report)) {
                        sent = report;
                        sentNs = System.nanoTime();
                    }
                }
                if (last) {
                    return;
                }
                var _ = ending.await(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            client.close();
        }
    }

    private boolean send(DaemonReport report) throws InterruptedException {
        try {
            client.send(report);
            trouble = "";
            return true;
        } catch (IOException | RuntimeException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            if (!why.equals(trouble)) {
                log.warn("the operator does not know how this daemon is: {}", why);
                trouble = why;
            }
            return false;
        }
    }

    /** Sends the last word, and ends. */
    @Override
    public void close() {
        ending.countDown();
        try {
            if (!thread.join(LAST)) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}
