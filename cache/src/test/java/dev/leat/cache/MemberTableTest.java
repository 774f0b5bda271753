package dev.leat.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The table agrees with a plain map over random inserts, replacements and removals. */
class MemberTableTest {
    @Test
    void agreesWithAMap() {
        long seed = System.nanoTime();
        System.out.println("MemberTableTest: seed " + seed);
        Random random = new Random(seed);
        MemberTable table = new MemberTable();
        Map<Long, Long> map = new HashMap<>();
        for (int i = 0; i < 200_000; i++) {
            long key = random.nextInt(20_000);
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    long place = MemberTable.pack(1 + random.nextInt(1 << 20), random.nextInt(), 5, i & 1023);
                    table.insert(key * 7, key, place);
                    map.put(key, place);
                }
                case 2 -> {
                    long place = map.getOrDefault(key, 1L);
                    assertThat(table.remove(key * 7, key, place)).isEqualTo(map.remove(key, place));
                    assertThat(table.remove(key * 7, key, 12345)).isFalse();
                }
                default -> assertThat(table.find(key * 7, key)).isEqualTo(map.getOrDefault(key, 0L));
            }
        }
        assertThat(table.size()).isEqualTo(map.size());
        map.forEach((key, place) -> assertThat(table.findExactly(key * 7, key)).isEqualTo(place));
    }

    @Test
    void aPlaceKeepsItsParts() {
        long place = MemberTable.pack((1 << 28) - 1, 0xabcd1234, 1023, 1022);
        assertThat(MemberTable.slot(place)).isEqualTo((1 << 28) - 1);
        assertThat(MemberTable.generation(place)).isEqualTo(0x1234);
        assertThat(MemberTable.firstPage(place)).isEqualTo(1023);
        assertThat(MemberTable.member(place)).isEqualTo(1022);
    }
}
