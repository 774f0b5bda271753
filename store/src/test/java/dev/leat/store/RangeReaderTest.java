package dev.leat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.store.StoreException.Kind;
import dev.leat.store.file.FileStore;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Splitting and joining of ranges. */
@SuppressWarnings("NullAway.Init") // set before each test
class RangeReaderTest {
    private static final RangeReader.Sizes SMALL = new RangeReader.Sizes(1000, 100, 2000, 8, 4);

    @TempDir
    private Path directory;

    private final byte[] bytes = new byte[50_000];
    private ScriptedStore store;
    private String etag;

    @BeforeEach
    void put() throws Exception {
        new Random(5).nextBytes(bytes);
        store = new ScriptedStore(FileStore.open(directory));
        etag = store.put("o", ByteBuffer.wrap(bytes), PutCondition.ALWAYS).etag();
    }

    @Test
    void largeRangesAreSplitEvenly() throws Exception {
        ByteBuffer destination = ByteBuffer.allocateDirect(9100).position(100);
        new RangeReader(store, SMALL).read("o", 500, destination, etag);
        assertThat(destination.hasRemaining()).isFalse();
        byte[] got = new byte[9000];
        destination.get(100, got);
        assertThat(got).isEqualTo(Arrays.copyOfRange(bytes, 500, 9500));
        assertThat(gets()).hasSize(9).contains("GET o 500+1000", "GET o 8500+1000");

        new RangeReader(store, SMALL).read("o", 0, ByteBuffer.allocate(1100), null);
        assertThat(gets()).contains("GET o 0+550", "GET o 550+550");
    }

    @Test
    void neighboursAreJoined() throws Exception {
        List<RangeReader.Range> ranges = new ArrayList<>();
        // Gaps of 50 are read over, one of 500 is not, and the last would make the GET too large.
        for (int offset : new int[] {450, 0, 150, 300, 1100, 1250, 3060}) {
            ranges.add(range(offset, 100));
        }
        ranges.add(range(1400, 1600));
        new RangeReader(store, SMALL).readAll("o", ranges, etag);
        check(ranges);
        assertThat(gets()).containsExactlyInAnyOrder("GET o 0+550", "GET o 1100+1900", "GET o 3060+100");
    }

    @Test
    void anyRangesAreRead() throws Exception {
        long seed = System.nanoTime();
        System.out.println("anyRangesAreRead: seed " + seed);
        Random random = new Random(seed);
        RangeReader reader = new RangeReader(store, SMALL);
        for (int round = 0; round < 100; round++) {
            List<RangeReader.Range> ranges = new ArrayList<>();
            for (int i = random.nextInt(20); i >= 0; i--) {
                int length = 1 + random.nextInt(random.nextBoolean() ? 200 : 6000);
                ranges.add(range(random.nextInt(bytes.length - length + 1), length));
            }
            reader.readAll("o", ranges, etag);
            check(ranges);
        }
    }

    @Test
    void partsAreReadAtTheSameTime() throws Exception {
        // Four GETs meet inside the store, or the test fails; a fifth is not let in.
        CyclicBarrier together = new CyclicBarrier(4);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ScriptedStore meeting = new ScriptedStore(store) {
            @Override
            public void get(String key, long offset, ByteBuffer destination, @Nullable String ifMatch)
                    throws StoreException {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                try {
                    together.await(1, TimeUnit.MINUTES);
                } catch (Exception e) {
                    throw new StoreException(Kind.INVALID, "the others did not come", e);
                }
                inside.decrementAndGet();
                super.get(key, offset, destination, ifMatch);
            }
        };
        ByteBuffer destination = ByteBuffer.allocate(16_000);
        new RangeReader(meeting, SMALL).read("o", 0, destination, null);
        assertThat(destination.array()).isEqualTo(Arrays.copyOf(bytes, 16_000));
        assertThat(most.get()).isEqualTo(4);
    }

    @Test
    void oneFailureFailsTheReadAndEndsTheRest() {
        // Every GET fails, so that each thread sends one at most, however late another's failure is seen.
        AtomicInteger asked = new AtomicInteger();
        ScriptedStore denying = new ScriptedStore(store) {
            @Override
            public void get(String key, long offset, ByteBuffer destination, @Nullable String ifMatch)
                    throws StoreException {
                asked.incrementAndGet();
                throw new StoreException(Kind.DENIED, "no");
            }
        };
        assertThatThrownBy(() -> new RangeReader(denying, SMALL).read("o", 0, ByteBuffer.allocate(50_000), null))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DENIED));
        assertThat(asked).hasValueBetween(1, SMALL.getsPerReadMax());
        assertThatThrownBy(() -> new RangeReader(store, SMALL).read("o", 0, ByteBuffer.allocate(9000), "other"))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.PRECONDITION_FAILED));
    }

    @Test
    void nothingIsReadForNothing() throws Exception {
        new RangeReader(store, SMALL).readAll("o", List.of(), null);
        assertThat(gets()).isEmpty();
    }

    private List<String> gets() {
        return store.requests().stream().filter(r -> r.startsWith("GET")).toList();
    }

    private static RangeReader.Range range(int offset, int length) {
        return new RangeReader.Range(
                offset, ByteBuffer.allocate(length + 2).position(1).limit(length + 1));
    }

    private void check(List<RangeReader.Range> ranges) {
        for (RangeReader.Range range : ranges) {
            ByteBuffer destination = range.destination();
            int length = destination.limit() - 1;
            assertThat(destination.hasRemaining()).isFalse();
            byte[] got = new byte[length];
            destination.get(1, got);
            assertThat(got).isEqualTo(Arrays.copyOfRange(bytes, (int) range.offset(), (int) range.offset() + length));
        }
    }
}
