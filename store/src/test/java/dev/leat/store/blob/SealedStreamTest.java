package dev.leat.store.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A sealed stream opens under its key and name, whole, or not at all. */
class SealedStreamTest {
    private static final DataKey KEY = DataKey.random();
    private final Random random = new Random(5);

    private byte[] sealed(byte[] bytes) throws IOException {
        ByteArrayOutputStream to = new ByteArrayOutputStream();
        try (OutputStream out = SealedStream.seal(to, KEY, "a")) {
            int at = 0;
            while (at < bytes.length) {
                int some = Math.min(bytes.length - at, 1 + random.nextInt(100_000));
                out.write(bytes, at, some);
                at += some;
            }
        }
        return to.toByteArray();
    }

    private static byte[] opened(byte[] sealed, DataKey key, String name) throws IOException {
        try (InputStream in = SealedStream.open(new ByteArrayInputStream(sealed), key, name)) {
            return in.readAllBytes();
        }
    }

    @Test
    void whatWasSealedComesBack() throws Exception {
        for (int size : new int[] {1, 100, 65_535, 65_536, 65_537, 131_072, 1_000_000}) {
            byte[] bytes = new byte[size];
            random.nextBytes(bytes);
            byte[] sealed = sealed(bytes);
            assertThat(Arrays.equals(opened(sealed, KEY, "a"), bytes))
                    .as("%s bytes", size)
                    .isTrue();
            assertThatThrownBy(() -> opened(sealed, KEY, "b")).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> opened(sealed, DataKey.random(), "a")).isInstanceOf(IOException.class);
        }
    }

    @Test
    void noFrameCanBeMissingChangedOrElsewhere() throws Exception {
        byte[] bytes = new byte[4 * 65_536];
        random.nextBytes(bytes);
        byte[] sealed = sealed(bytes);
        int frame = 65_536 + 28 + 4;
        for (int length : new int[] {frame, 2 * frame, 3 * frame, sealed.length - 1, frame + 3, 1, 0}) {
            assertThatThrownBy(() -> opened(Arrays.copyOf(sealed, length), KEY, "a"))
                    .as("cut to %s", length)
                    .isInstanceOf(IOException.class);
        }
        for (int i = 0; i < 300; i++) {
            byte[] bad = sealed.clone();
            bad[i < 8 ? i : random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            assertThatThrownBy(() -> opened(bad, KEY, "a")).isInstanceOf(IOException.class);
        }
        byte[] swapped = sealed.clone();
        System.arraycopy(sealed, 0, swapped, frame, frame);
        System.arraycopy(sealed, frame, swapped, 0, frame);
        assertThatThrownBy(() -> opened(swapped, KEY, "a")).isInstanceOf(IOException.class);
    }
}
