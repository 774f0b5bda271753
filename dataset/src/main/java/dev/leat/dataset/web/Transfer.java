package dev.leat.dataset.web;

import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The body of one answer, on its way to whoever takes it. It can be cut off at any moment: from then on the taker gets
 * nothing more, so that its memory can be used for something else.
 */
public final class Transfer implements HttpResponse.BodySubscriber<Boolean> {
    private final Taker taker;
    private final CompletableFuture<Boolean> end = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private Flow.@Nullable Subscription subscription; // guarded by lock
    private boolean cut; // guarded by lock
    private volatile long progressNs = System.nanoTime();

    /** Takes pieces of a body. */
    @FunctionalInterface
    public interface Taker {
        /**
         * Takes a piece.
         *
         * @return whether it wants more
         */
        boolean take(ByteBuffer piece);
    }

    Transfer(Taker taker) {
        this.taker = taker;
    }

    /** When the last piece came, by the monotonic clock. */
    long progressNs() {
        return progressNs;
    }

    /** The taker is given nothing any more when this returns. */
    void cut() {
        lock.lock();
        try {
            cut = true;
            if (subscription != null) {
                subscription.cancel();
            }
        } finally {
            lock.unlock();
        }
        end.complete(false);
    }

    /** True when all of the body was taken, false when the rest is not wanted. */
    @Override
    public CompletionStage<Boolean> getBody() {
        return end;
    }

    @Override
    public void onSubscribe(Flow.Subscription body) {
        lock.lock();
        try {
            progressNs = System.nanoTime();
            if (cut) {
                body.cancel();
                return;
            }
            subscription = body;
        } finally {
            lock.unlock();
        }
        body.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
        boolean more = true;
        lock.lock();
        try {
            progressNs = System.nanoTime();
            for (ByteBuffer piece : pieces) {
                more = more && !cut && taker.take(piece);
            }
        } finally {
            lock.unlock();
        }
        if (!more) {
            cut();
        }
    }

    @Override
    public void onError(Throwable failure) {
        end.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        end.complete(true);
    }
}
