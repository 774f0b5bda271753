package dev.leat.cli.report;

import dev.leat.worker.wire.Token;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The secret that a dataset's workers share with its mounts, as the operator gives it to the pods of the dataset. It is asked for in
 * the background until it is there, and from time to time after that, for it may be replaced; an operator that is away takes nobody's
 * secret away.
 */
public final class OperatorSecret implements Token.Secret, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OperatorSecret.class);

    private static final Duration AGAIN = Duration.ofSeconds(1);

    /** A secret that is replaced is known everywhere after this long. */
    private static final Duration RENEW = Duration.ofMinutes(5);

    private final ReportClient client;
    private final String dataset;
    private final CountDownLatch known = new CountDownLatch(1);
    private final CountDownLatch ending = new CountDownLatch(1);
    private final Thread thread;
    private volatile @Nullable String secret;
    private volatile String trouble = "it has not answered yet";

    OperatorSecret(ReportClient client, String dataset) {
        this.client = client;
        this.dataset = dataset;
        this.thread = Thread.ofPlatform().daemon().name("worker-secret").start(this::run);
    }

    private void run() {
        try {
            do {
                ask();
            } while (!ending.await(
                    (secret == null || !trouble.isEmpty() ? AGAIN : RENEW).toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            client.close();
        }
    }

    private void ask() throws InterruptedException {
        try {
            secret = client.workerSecret(dataset);
            trouble = "";
            known.countDown();
        } catch (IOException | RuntimeException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            if (!why.equals(trouble)) {
                log.warn("the operator does not give the secret of the workers of {}: {}", dataset, why);
                trouble = why;
            }
        }
    }

    /**
     * Waits until it is there.
     *
     * @return whether it is
     */
    public boolean await(Duration longest) throws InterruptedException {
        return known.await(longest.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Why it is not there, in one line; null if it is. */
    public @Nullable String problem() {
        return secret != null ? null : "the operator has not given the secret of the workers: " + trouble;
    }

    @Override
    public byte[] bytes() throws IOException {
        String now = secret;
        if (now == null) {
            throw new IOException(problem());
        }
        return now.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public String toString() {
        return "the operator's answer";
    }

    @Override
    public void close() {
        ending.countDown();
        thread.interrupt();
    }
}
