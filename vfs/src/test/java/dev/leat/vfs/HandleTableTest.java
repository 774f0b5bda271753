package dev.leat.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Numbers of {@link HandleTable}: found, reused, never confused. */
final class HandleTableTest {
    @Test
    void findsWhatWasEnteredUntilItIsRemoved() {
        HandleTable<String> table = new HandleTable<>();
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            numbers.add(table.add("entry " + i));
        }
        for (int i = 0; i < 5_000; i++) {
            assertThat(table.get(numbers.get(i))).isEqualTo("entry " + i);
        }
        assertThat(table.open()).isEqualTo(5_000);
        assertThat(table.remove(numbers.get(77))).isEqualTo("entry 77");
        assertThat(table.get(numbers.get(77))).isNull();
        assertThat(table.remove(numbers.get(77))).isNull();
        assertThat(table.add("again")).isEqualTo(numbers.get(77));
        assertThat(table.open()).isEqualTo(5_000);
    }

    @Test
    void answersNullForNumbersItNeverGave() {
        HandleTable<String> table = new HandleTable<>();
        assertThat(table.get(-1)).isNull();
        assertThat(table.get(0)).isNull();
        assertThat(table.get(Long.MAX_VALUE)).isNull();
        assertThat(table.get(HandleTable.HANDLES_MAX - 1L)).isNull();
    }
}
