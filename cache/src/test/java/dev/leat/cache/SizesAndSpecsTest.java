package dev.leat.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people may write for sizes and tiers, and what they are told when it is wrong. */
class SizesAndSpecsTest {
    @ParameterizedTest
    @CsvSource({
        "0B, 0",
        "1B, 1",
        "4KiB, 4096",
        "64MiB, 67108864",
        "1.5GiB, 1610612736",
        "2TiB, 2199023255552",
        "500GB, 500000000000",
        "1kb, 1000",
        "3M, 3145728",
        "7EiB, 8070450532247928832",
        "8 GiB, 8589934592"
    })
    void sizesHaveUnits(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "1024", "12.5", "MiB", "-1MiB", "1XiB", "1KiBs", "9EiB", "1,5GiB", "0x10KiB", "1 000MiB"})
    void otherSizesAreRefusedInOneLine(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"")
                .hasMessageContaining("64MiB")
                .message()
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource({"0, 0B", "1023, 1023B", "1024, 1KiB", "1536, 1.50KiB", "67108864, 64MiB", "1234567890123, 1.12TiB"})
    void sizesAreShownInTheLargestUnit(long bytes, String text) {
        assertThat(ByteSize.format(bytes)).isEqualTo(text);
    }

    @Test
    void aTierIsReadInFull() {
        TierSpec spec = TierSpec.parse("hdd=/a:/b, quota=1TiB, high=0.9, low=0.5, free=10GiB, inodes=5000");
        assertThat(spec)
                .isEqualTo(new TierSpec(
                        Medium.HDD, List.of(Path.of("/a"), Path.of("/b")), 1L << 40, 0.9, 0.5, 10L << 30, 5000));
        assertThat(TierSpec.parse("SSD=/a,quota=64MiB"))
                .isEqualTo(TierSpec.of(Medium.SSD, List.of(Path.of("/a")), 64 << 20));
        assertThat(TierSpec.ofCacheDir("/var/a:/var/b", "2GiB").directories()).hasSize(2);
        assertThat(TierSpec.ofCacheDir("/dev/shm/x", "2GiB").medium()).isEqualTo(Medium.MEM);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SSD",
                "SSD=",
                "NVME=/a,quota=1GiB",
                "SSD=/a",
                "SSD=/a,quota=1",
                "SSD=/a,quota=1GiB,high=x",
                "SSD=/a,quota=1GiB,high=0.5,low=0.9",
                "SSD=/a,quota=1GiB,high=1.5",
                "SSD=/a,quota=1MiB",
                "SSD=/a,quota=1GiB,size=3",
                "SSD=/a,quota=1GiB,inodes=many",
                "SSD=:,quota=1GiB"
            })
    void otherTiersAreRefusedInOneLine(String text) {
        assertThatThrownBy(() -> TierSpec.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("\n");
    }
}
