package dev.leat.cli.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The control socket answers, also when it is about to go. */
@Timeout(60)
class ControlServerTest {
    @TempDir
    Path folder;

    private String call(String line) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("socket")));
                Writer out = Channels.newWriter(channel, StandardCharsets.UTF_8);
                BufferedReader in = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))) {
            out.write(line + "\n");
            out.flush();
            return in.readLine();
        }
    }

    @Test
    void whoEndsTheDaemonIsAnsweredBeforeItsEnd() throws Exception {
        CountDownLatch ending = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        ControlServer server = new ControlServer(
                folder.resolve("socket"),
                (command, _, _) -> {
                    ending.countDown();
                    goOn.await();
                    return Map.of("was", command);
                },
                "umount");
        FutureTask<String> caller = new FutureTask<>(() -> call("{\"command\": \"umount\"}"));
        Thread.ofPlatform().start(caller);
        ending.await();
        FutureTask<String> closing = new FutureTask<>(() -> {
            server.close();
            return "closed";
        });
        Thread closer = Thread.ofPlatform().start(closing);
        while (closer.getState() != Thread.State.TIMED_WAITING) {
            assertThat(closing.isDone()).as("closed without an answer").isFalse();
            Thread.onSpinWait();
        }
        goOn.countDown();
        assertThat(caller.get()).isEqualTo("{\"result\":{\"was\":\"umount\"}}");
        assertThat(closing.get()).isEqualTo("closed");
    }

    @Test
    void whatIsNoRequestIsSaidSo() throws Exception {
        ControlServer server = new ControlServer(folder.resolve("socket"), (_, _, _) -> Map.of(), "umount");
        try {
            assertThat(call("[1]")).contains("error").contains("not an object");
            assertThat(call("{")).contains("error");
            assertThat(call("{\"command\": \"any\"}")).isEqualTo("{\"result\":{}}");
        } finally {
            server.close();
        }
    }
}
