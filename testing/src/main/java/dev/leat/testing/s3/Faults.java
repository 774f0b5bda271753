package dev.leat.testing.s3;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong at a server, drawn from a seed: the same seed and the same order of requests give the same faults. At
 * most one fault hits a request, that of the first rule that fires.
 */
public final class Faults {
    private final long seed;
    private final Random random;
    private final List<Rule> rules = new ArrayList<>();
    private final Map<Fault, Long> injected = new EnumMap<>(Fault.class);
    private Duration delay = Duration.ofMillis(50);

    /** One cause of faults; {@code left} counts down to its end. */
    private static final class Rule {
        private final Fault fault;
        private final Set<S3Operation> operations;
        private final double probability;
        private int left;

        Rule(Fault fault, Set<S3Operation> operations, double probability, int left) {
            this.fault = fault;
            this.operations = operations;
            this.probability = probability;
            this.left = left;
        }
    }

    Faults(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    /** The seed, for messages of failing tests. */
    public long seed() {
        return seed;
    }

    /** Lets a share of the requests fail, until {@link #clear}. */
    public synchronized void sometimes(Fault fault, double probability, Set<S3Operation> operations) {
        rules.add(new Rule(fault, EnumSet.copyOf(operations), probability, Integer.MAX_VALUE));
    }

    /** Lets the next requests of a kind fail. */
    public synchronized void next(Fault fault, int times, S3Operation operation) {
        rules.add(new Rule(fault, EnumSet.of(operation), 1, times));
    }

    /** How long {@link Fault#DELAY} and {@link Fault#SLOW_DRIP} take; 50 ms if not set. */
    public synchronized void delay(Duration time) {
        this.delay = time;
    }

    synchronized Duration delay() {
        return delay;
    }

    /** Ends all faults; the counts stay. */
    public synchronized void clear() {
        rules.clear();
    }

    /** How many requests each fault has hit. */
    public synchronized Map<Fault, Long> injected() {
        return Map.copyOf(injected);
    }

    /** The fault that hits a request, if any; it is counted. */
    synchronized @Nullable Fault draw(S3Operation operation) {
        for (Rule rule : rules) {
            if (rule.left > 0 && rule.operations.contains(operation) && random.nextDouble() < rule.probability) {
                if (rule.left != Integer.MAX_VALUE) {
                    rule.left--;
                }
                injected.merge(rule.fault, 1L, Long::sum);
                return rule.fault;
            }
        }
        return null;
    }

    /** A place in a body of this length, for the byte that changes. */
    synchronized int place(int length) {
        return random.nextInt(length);
    }
}
