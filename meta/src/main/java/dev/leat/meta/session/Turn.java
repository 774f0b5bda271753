package dev.leat.meta.session;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.Keys;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;

/**
 * Lets one of many clients do a job that the volume needs now and then. Whoever finds that it was not begun for its interval writes down that it
 * begins, and the others' commits fail. Clocks decide only how often the job is done, never whether it may be: a wrong one makes
 * it come early or late.
 */
public final class Turn {
    private final Transactions transactions;
    private final Clock clock;
    private final Key key;
    private final Duration interval;

    /**
     * The turns of a job.
     *
     * @param job its name, the same in all clients
     * @param interval how long after its last beginning it is due again
     */
    public Turn(Transactions transactions, Clock clock, String job, Duration interval) {
        this.transactions = transactions;
        this.clock = clock;
        this.key = Keys.turn(job);
        this.interval = interval;
    }

    /** Whether the job is due and this client shall do it now. */
    public boolean take() throws FsException {
        long now = clock.millis();
        return transactions.runFresh(tx -> {
            Value last = tx.get(key);
            if (last == null) {
                tx.absent(key);
            } else {
                long begun = ByteBuffer.wrap(last.bytes()).getLong();
                // A beginning that lies ahead was written by a wrong clock.
                if (begun <= now && now - begun < interval.toMillis()) {
                    return false;
                }
                tx.unchanged(key);
            }
            tx.put(key, ByteBuffer.allocate(Long.BYTES).putLong(now).array());
            return true;
        });
    }
}
