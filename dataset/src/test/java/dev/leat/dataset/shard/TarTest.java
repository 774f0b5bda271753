package dev.leat.dataset.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Headers of tar files. */
class TarTest {
    @Test
    void aShortNameTakesOneBlock() throws Exception {
        byte[] header = Tar.header("a/b.jpg", 1234);
        assertThat(header).hasSize(512);
        assertThat(Tar.parse(header)).isEqualTo(new Tar.Header("a/b.jpg", '0', 1234));
        assertThat(Tar.parse(header).isFile()).isTrue();
    }

    @Test
    void aNameOfTwoPiecesTakesOneBlock() throws Exception {
        String name = "d".repeat(150) + "/" + "n".repeat(100);
        byte[] header = Tar.header(name, 0);
        assertThat(header).hasSize(512);
        assertThat(Tar.parse(header).name()).isEqualTo(name);
    }

    @Test
    void whatDoesNotFitIsInRecords() throws Exception {
        for (Map.Entry<String, Long> one : Map.of(
                        "x".repeat(101),
                        7L,
                        "größe.jpg",
                        8L,
                        "d/" + "y".repeat(300),
                        9L,
                        "huge",
                        9L << 30,
                        "数据/" + "z".repeat(900),
                        1L << 40)
                .entrySet()) {
            byte[] header = Tar.header(one.getKey(), one.getValue());
            assertThat(header.length % 512).isZero();
            Tar.Header first = Tar.parse(Arrays.copyOf(header, 512));
            assertThat(first.type()).isEqualTo('x');
            Map<String, String> pax = Tar.parsePax(Arrays.copyOfRange(header, 512, 512 + (int) first.sizeBytes()));
            Tar.Header last = Tar.parse(Arrays.copyOfRange(header, header.length - 512, header.length));
            assertThat(pax.getOrDefault("path", last.name())).isEqualTo(one.getKey());
            assertThat(Long.parseLong(pax.getOrDefault("size", Long.toString(last.sizeBytes()))))
                    .isEqualTo(one.getValue());
        }
    }

    @Test
    void everyFlippedBitIsSeen() throws Exception {
        byte[] header = Tar.header("class/00001.jpg", 112 << 10);
        for (int bit = 0; bit < header.length * 8; bit++) {
            int at = bit / 8;
            byte[] damaged = header.clone();
            damaged[at] ^= (byte) (1 << (bit % 8));
            Tar.Header read;
            try {
                read = Tar.parse(damaged);
            } catch (Tar.BadHeader e) {
                continue;
            }
            // In the checksum's own field a space means as much as a leading zero or what ends the digits.
            assertThat(at).as("bit " + bit).isBetween(148, 155);
            assertThat(read).isEqualTo(Tar.parse(header));
        }
    }

    @Test
    void nonsenseIsRefused() {
        Random random = new Random(3);
        for (int i = 0; i < 2_000; i++) {
            byte[] block = new byte[512];
            random.nextBytes(block);
            assertThatThrownBy(() -> Tar.parse(block)).isInstanceOf(Tar.BadHeader.class);
            byte[] records = Arrays.copyOf(block, random.nextInt(512));
            try {
                Tar.parsePax(records);
            } catch (Tar.BadHeader e) {
                assertThat(e).hasMessageContaining("cannot be read");
            }
        }
    }
}
