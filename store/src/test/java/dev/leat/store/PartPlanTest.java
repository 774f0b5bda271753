package dev.leat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Parts lie side by side and reach the largest object. */
class PartPlanTest {
    private static final long TIB = 1L << 40;

    @Test
    void tenThousandPartsReachFiveTebibytes() {
        PartPlan plan = PartPlan.S3;
        assertThat(plan.partsMax()).isEqualTo(10_000);
        assertThat(plan.objectMaxBytes()).isGreaterThan(5 * TIB);
        assertThat(plan.sizeBytes(1)).isEqualTo(8 << 20);
        assertThat(plan.sizeBytes(1_000)).isEqualTo(8 << 20);
        assertThat(plan.sizeBytes(1_001)).isEqualTo(16 << 20);
        assertThat(plan.sizeBytes(10_000)).isEqualTo(2_047 << 20);
    }

    @Test
    void partsLieSideBySide() {
        for (PartPlan plan : new PartPlan[] {PartPlan.S3, new PartPlan(3, 7, 1_000, 100), new PartPlan(5, 1, 5, 1)}) {
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
        for (int i = 0; i < 10_000; i++) {
            long offset = random.nextLong(PartPlan.S3.objectMaxBytes());
            int part = PartPlan.S3.partOf(offset);
            assertThat(offset)
                    .isBetween(PartPlan.S3.offset(part), PartPlan.S3.offset(part) + PartPlan.S3.sizeBytes(part) - 1);
        }
    }

    @Test
    void plansKeepToTheStore() {
        PartPlan small = PartPlan.of(new StoreCapabilities(true, 1, 1 << 20, 50, 1 << 20, 10));
        assertThat(small.firstBytes()).isEqualTo(1 << 20);
        assertThat(small.partsMax()).isEqualTo(50);
        PartPlan large = PartPlan.of(new StoreCapabilities(true, 64 << 20, 5L << 30, 10_000, 5L << 30, 10));
        assertThat(large.firstBytes()).isEqualTo(64 << 20);
        assertThat(large.maxBytes()).isEqualTo(2_047 << 20);
        assertThatThrownBy(() -> new PartPlan(0, 1, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
