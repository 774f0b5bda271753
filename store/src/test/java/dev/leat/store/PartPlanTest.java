package dev.leat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Parts lie side by side and reach the largest object. */
class PartPlanTest {
    private static final StoreCapabilities STORE =
            new StoreCapabilities(true, 5 << 20, 5L << 30, 10_000, 5L << 30, 1_000);

    @Test
    void partsGrowUpToTheLargestBuffer() {
        PartPlan plan = PartPlan.of(STORE, 64 << 20);
        assertThat(plan.sizeBytes(1)).isEqualTo(8 << 20);
        assertThat(plan.sizeBytes(1_000)).isEqualTo(8 << 20);
        assertThat(plan.sizeBytes(1_001)).isEqualTo(16 << 20);
        assertThat(plan.sizeBytes(10_000)).isEqualTo(64 << 20);
        assertThat(PartPlan.of(STORE, 8 << 20).objectMaxBytes()).isEqualTo(10_000L * (8 << 20));
        assertThatThrownBy(() -> PartPlan.of(STORE, 1 << 20)).hasMessageContaining("no parts below");
    }

    @Test
    void partsLieSideBySide() {
        for (PartPlan plan :
                new PartPlan[] {PartPlan.of(STORE, 64 << 20), new PartPlan(3, 7, 1_000, 100), new PartPlan(5, 1, 5, 1)
                }) {
            long offset = 0;
            for (int part = 1; part <= plan.partsMax(); part++) {
                assertThat(plan.offset(part)).isEqualTo(offset);
                assertThat(plan.partOf(offset)).isEqualTo(part);
                offset += plan.sizeBytes(part);
                assertThat(plan.partOf(offset - 1)).isEqualTo(part);
            }
            assertThat(plan.objectMaxBytes()).isEqualTo(offset);
            long end = offset;
            assertThatThrownBy(() -> plan.partOf(end)).hasMessageContaining("lies in no part");
        }
    }

    @Test
    void everyByteLiesInItsPart() {
        long seed = System.nanoTime();
        System.out.println("everyByteLiesInItsPart: seed " + seed);
        Random random = new Random(seed);
        PartPlan plan = PartPlan.of(STORE, 64 << 20);
        for (int i = 0; i < 10_000; i++) {
            long offset = random.nextLong(plan.objectMaxBytes());
            int part = plan.partOf(offset);
            assertThat(offset).isBetween(plan.offset(part), plan.offset(part) + plan.sizeBytes(part) - 1);
        }
    }

    @Test
    void plansKeepToTheStore() {
        PartPlan small = PartPlan.of(new StoreCapabilities(true, 1, 1 << 20, 50, 1 << 20, 10), 64 << 20);
        assertThat(small.firstBytes()).isEqualTo(1 << 20);
        assertThat(small.partsMax()).isEqualTo(50);
        PartPlan large = PartPlan.of(new StoreCapabilities(true, 32 << 20, 5L << 30, 10_000, 5L << 30, 10), 64 << 20);
        assertThat(large.firstBytes()).isEqualTo(32 << 20);
        assertThat(large.maxBytes()).isEqualTo(64 << 20);
        assertThatThrownBy(() -> new PartPlan(0, 1, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
