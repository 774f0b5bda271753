package dev.leat.meta.engine;

import static dev.leat.meta.engine.ContractVolume.scanAll;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random commits and reads, held against {@link PlainModel}: the feed gives the order in which the commits took effect, and with it
 * every answer must be the model's at some moment between the call and its return.
 */
interface ModelContract extends ContractVolume {

    @Test
    default void randomWorkOfOneThreadOnTwoClientsIsTheModels() throws Exception {
        long seed = ContractVolume.seed("randomWorkOfOneThreadOnTwoClientsIsTheModels");
        run(new MetaEngine[] {client(), client()}, 1, (int) (1_200 * effort()), seed);
    }

    @Test
    default void randomWorkOfManyThreadsIsTheModelsInSomeOrder() throws Exception {
        long seed = ContractVolume.seed("randomWorkOfManyThreadsIsTheModelsInSomeOrder");
        run(new MetaEngine[] {client(), client()}, 8, (int) (200 * effort()), seed);
    }

    @Test
    default void randomWorkOnABadNetworkIsTheModelsInSomeOrder() throws Exception {
        long seed = ContractVolume.seed("randomWorkOnABadNetworkIsTheModelsInSomeOrder");
        MetaEngine[] engines = {
            new FaultyEngine(client(), seed, FaultyEngine.Faults.SOME),
            new FaultyEngine(client(), seed + 1, FaultyEngine.Faults.SOME)
        };
        run(engines, 8, (int) (150 * effort()), seed);
    }

    private void run(MetaEngine[] engines, int threads, int operations, long seed) throws Exception {
        MetaEngine reader = client();
        FeedPage.Position start = reader.feed(null, 10, Duration.ZERO).next();
        AtomicLong clock = new AtomicLong();
        List<Done> history = Collections.synchronizedList(new ArrayList<>());
        Threads.run(threads, i -> {
            Random random = new Random(seed * 31 + i);
            TestSession[] sessions = {
                retried(() -> new TestSession(engines[0])), retried(() -> new TestSession(engines[1]))
            };
            Map<Key, Value> known = new HashMap<>();
            for (int n = 0; n < operations; n++) {
                int client = random.nextInt(2);
                long invoked = clock.incrementAndGet();
                if (random.nextInt(4) == 0) {
                    List<Key> keys = List.of(RandomCommits.key(random), RandomCommits.key(random));
                    List<Prefix> prefixes = List.of(RandomCommits.prefix(random));
                    Map<Key, Value> found = retried(() -> engines[client].get(keys, prefixes));
                    history.add(new Done.Read(invoked, clock.incrementAndGet(), keys, prefixes, found));
                    known.putAll(found);
                } else {
                    Commit commit = RandomCommits.next(random, sessions[client], known);
                    CommitResult result = sessions[client].send(commit);
                    history.add(new Done.Committed(invoked, clock.incrementAndGet(), commit, result));
                    if (result instanceof CommitResult.Failed failed) {
                        failed.current().forEach((key, value) -> value.ifPresent(v -> known.put(key, v)));
                    }
                }
            }
        });
        judge(reader, start, history, seed);
    }

    private void judge(MetaEngine reader, FeedPage.Position start, List<Done> history, long seed) throws MetaException {
        Map<Stamp, Done.Committed> applied = new HashMap<>();
        for (Done done : history) {
            if (done instanceof Done.Committed committed && committed.result() instanceof CommitResult.Applied) {
                applied.put(committed.commit().stamp(), committed);
            }
        }
        List<Done.Committed> order = new ArrayList<>();
        for (FeedPage.Event event : FeedContract.collect(reader, start, applied.size())) {
            Done.Committed committed = applied.get(event.stamp());
            assertThat(committed)
                    .as("seed %d: the feed tells only what was applied", seed)
                    .isNotNull();
            assertThat(event.keys()).isEqualTo(CommitRules.feedKeys(committed.commit()));
            order.add(committed);
        }
        List<PlainModel> states = replay(order, seed);
        Map<Key, Value> left = new HashMap<>();
        for (String partition : RandomCommits.PARTITIONS) {
            scanAll(reader, new Prefix(Bytes.of(partition), Bytes.EMPTY), 5)
                    .forEach(entry -> left.put(entry.getKey(), entry.getValue()));
        }
        assertThat(states.getLast().answers(new ArrayList<>(left.keySet()), RandomCommits.everything(), left))
                .as("seed %d: the final state is the model's", seed)
                .isTrue();
        for (Done done : history) {
            boolean right =
                    switch (done) {
                        case Done.Read read -> isRight(read, order, states);
                        case Done.Committed committed -> isRight(committed, order, states);
                    };
            assertThat(right).as("seed %d: no moment explains %s", seed, done).isTrue();
        }
    }

    /** The states before, between and after the commits; fails when a commit should not have been applied there. */
    private static List<PlainModel> replay(List<Done.Committed> order, long seed) {
        List<PlainModel> states = new ArrayList<>();
        states.add(new PlainModel());
        long latestCall = 0;
        for (Done.Committed committed : order) {
            PlainModel state = states.getLast().copy();
            assertThat(state.accepts(committed.commit()))
                    .as("seed %d: the checks of %s hold in the feed's order", seed, committed)
                    .isTrue();
            state.apply(committed.commit());
            states.add(state);
            assertThat(committed.returned())
                    .as("seed %d: what returned before another was called comes first in the feed: %s", seed, committed)
                    .isGreaterThan(latestCall);
            latestCall = Math.max(latestCall, committed.called());
        }
        return states;
    }

    private boolean isRight(Done.Read read, List<Done.Committed> order, List<PlainModel> states) {
        if (feedOrdersReads()) {
            return someState(
                    read, order, states, null, state -> state.answers(read.keys(), read.prefixes(), read.found()));
        }
        List<Key> looked = new ArrayList<>(read.keys());
        looked.addAll(read.found().keySet());
        return looked.stream()
                .allMatch(key -> someState(
                        read,
                        order,
                        states,
                        key,
                        state -> state.has(key, Optional.ofNullable(read.found().get(key)))));
    }

    private boolean isRight(Done.Committed committed, List<Done.Committed> order, List<PlainModel> states) {
        return switch (committed.result()) {
            case CommitResult.Applied applied -> true;
            case CommitResult.Fenced fenced -> false;
            case CommitResult.Failed failed
            when feedOrdersReads() ->
                someState(
                        committed, order, states, null, state -> state.explains(committed.commit(), failed.current()));
            case CommitResult.Failed failed ->
                !failed.current().isEmpty()
                        && failed.current().entrySet().stream()
                                .allMatch(entry -> someState(
                                        committed,
                                        order,
                                        states,
                                        entry.getKey(),
                                        state -> state.has(entry.getKey(), entry.getValue())));
        };
    }

    /** Whether a state that the operation may have met fits; {@code key} narrows the commits whose order counts. */
    private static boolean someState(
            Done done,
            List<Done.Committed> order,
            List<PlainModel> states,
            @Nullable Key key,
            Predicate<PlainModel> fits) {
        int first = 0;
        int last = order.size();
        for (int i = 0; i < order.size(); i++) {
            Done.Committed other = order.get(i);
            boolean counts = key == null
                    || other.commit().writes().stream().anyMatch(w -> w.key().equals(key));
            if (counts && other.returned() < done.called()) {
                first = i + 1;
            }
            if (counts && other.called() > done.returned()) {
                last = Math.min(last, i);
            }
        }
        for (int i = first; i <= last; i++) {
            if (fits.test(states.get(i))) {
                return true;
            }
        }
        return false;
    }

    private static <T> T retried(Call<T> call) throws MetaException {
        for (int i = 1; ; i++) {
            try {
                return call.now();
            } catch (MetaException e) {
                if (e.kind() != MetaException.Kind.UNAVAILABLE || i == 1_000) {
                    throw e;
                }
            }
        }
    }

    /** A call that may fail on its way. */
    interface Call<T> {
        T now() throws MetaException;
    }

    /** A finished operation, with the moments of its call and return on one clock. */
    sealed interface Done {
        long called();

        long returned();

        /** A commit and its answer. */
        record Committed(long called, long returned, Commit commit, CommitResult result) implements Done {}

        /** A read and its answer. */
        record Read(long called, long returned, List<Key> keys, List<Prefix> prefixes, Map<Key, Value> found)
                implements Done {}
    }
}
