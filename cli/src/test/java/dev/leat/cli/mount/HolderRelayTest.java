package dev.leat.cli.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the daemon writes comes out of the launcher's {@code relay} byte by byte, each message by one write. */
class HolderRelayTest {
    /** Longer than a notification: that has a header, two numbers and a name of 255 bytes. */
    private static final int MESSAGE_BYTES_MAX = 300;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"", "command() { false; }; "})
    void everyMessageArrivesAsItIsAndByItself(String withoutPerl) throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<byte[]> messages = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            byte[] message = new byte[1 + random.nextInt(MESSAGE_BYTES_MAX)];
            random.nextBytes(message);
            messages.add(message);
        }
        // One that is told apart line by line, and what printf would take for its own.
        messages.add("\n%s\\n\\134%%\n\n0".getBytes(StandardCharsets.UTF_8));
        Path in = fifo("in");
        Path out = fifo("out");
        // Reads at most a message at a time as long as the relay is given the next one only afterwards.
        Process relay = new ProcessBuilder(
                        "bash",
                        "-c",
                        withoutPerl + function() + "exec 9<>\"$1\"; relay <\"$0\"",
                        in.toString(),
                        out.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (FileOutputStream to = new FileOutputStream(in.toFile());
                FileInputStream from = new FileInputStream(out.toFile());
                HolderRelay sender = new HolderRelay(to, () -> {})) {
            for (byte[] message : messages) {
                assertThat(sender.send(MemorySegment.ofArray(message))).isTrue();
                byte[] got = new byte[2 * MESSAGE_BYTES_MAX];
                int length = from.read(got);
                assertThat(Arrays.copyOf(got, length)).as("seed %d", seed).isEqualTo(message);
            }
        } finally {
            assertThat(relay.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void oneThatIsGoneIsToldOfOnce() throws Exception {
        Path pipe = fifo("gone");
        Process reader = new ProcessBuilder("sh", "-c", ": <\"$0\"", pipe.toString()).start();
        AtomicInteger losses = new AtomicInteger();
        try (FileOutputStream to = new FileOutputStream(pipe.toFile());
                HolderRelay sender = new HolderRelay(to, losses::incrementAndGet)) {
            assertThat(reader.waitFor(30, TimeUnit.SECONDS)).isTrue();
            MemorySegment message = MemorySegment.ofArray(new byte[16]);
            assertThat(sender.send(message)).isFalse();
            assertThat(sender.send(message)).isFalse();
        }
        assertThat(losses).hasValue(1);
    }

    private Path fifo(String name) throws Exception {
        Path path = folder.resolve(name);
        assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor())
                .isZero();
        return path;
    }

    /** As it stands in the launcher. */
    private static String function() throws IOException {
        String launcher = Files.readString(Path.of("..", "leat"));
        int start = launcher.indexOf("relay() {");
        return launcher.substring(start, launcher.indexOf("\n}\n", start) + 3);
    }
}
