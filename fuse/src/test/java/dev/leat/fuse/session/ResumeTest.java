package dev.leat.fuse.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.fuse.mount.FuseMount;
import dev.leat.fuse.mount.MountOptions;
import dev.leat.fuse.wire.EntryOut;
import dev.leat.sys.Descriptors;
import dev.leat.sys.Fs;
import dev.leat.sys.MountCalls;
import dev.leat.sys.Processes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon is killed while a caller waits; another takes the session over, and the caller sees a pause only. */
class ResumeTest {
    /** Requests that come while no daemon is there. */
    private static final int LATER = 16;

    /** The first daemon: never answers a lookup of "slow". */
    static final class FirstDaemon {
        private FirstDaemon() {}

        public static void main(String[] args) throws Exception {
            FuseMount mount = FuseMount.mount(Path.of(args[0]), MountOptions.defaults("resume", true));
            CountDownLatch never = new CountDownLatch(1);
            MemoryFs fs = new MemoryFs() {
                @Override
                public EntryOut lookup(Request r, byte[] name) throws FuseException {
                    if (new String(name, UTF_8).equals("slow")) {
                        System.out.println("asked");
                        try {
                            never.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }
                    return super.lookup(r, name);
                }
            };
            FuseSession session = FuseSession.start(mount.descriptor(), SessionOptions.defaults(), fs);
            Negotiated agreed = session.negotiated();
            System.out.println(mount.descriptor() + " " + agreed.minor() + " " + agreed.flags() + " "
                    + agreed.maxWriteBytes() + " " + agreed.maxPages());
            session.awaitEnd(Duration.ofMinutes(5));
        }
    }

    @Test
    void callersOfAKilledDaemonAreAnsweredByTheNext(@TempDir Path place) throws Exception {
        MountFixture.requireFuse();
        Process first = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FirstDaemon.class.getName(),
                        place.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = new BufferedReader(new InputStreamReader(first.getInputStream(), UTF_8))) {
            String[] words = nextMatching(output, "[0-9]+ [0-9]+ .*").split(" ");
            CompletableFuture<Boolean> caller = new CompletableFuture<>();
            Thread.ofPlatform().daemon().start(() -> caller.complete(Files.exists(place.resolve("slow"))));
            nextMatching(output, "asked");
            int pidfd = Processes.pidfdOpen((int) first.pid());
            int fd = Processes.pidfdGetfd(pidfd, Integer.parseInt(words[0]));
            first.destroyForcibly();
            Descriptors.poll(pidfd, Descriptors.POLLIN, 60_000);
            Fs.close(pidfd);
            assertThat(caller).isNotDone();
            // These wait in the kernel until the next daemon reads, and are none that another one had.
            List<CompletableFuture<Boolean>> later = new ArrayList<>();
            for (int i = 0; i < LATER; i++) {
                String name = "later" + i;
                CompletableFuture<Boolean> one = new CompletableFuture<>();
                Thread.ofPlatform().daemon().start(() -> one.complete(Files.exists(place.resolve(name))));
                later.add(one);
            }
            // Those that reach the kernel after this are no fault, but then they show none.
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));

            Negotiated agreed = new Negotiated(
                    Integer.parseInt(words[1]),
                    Long.parseLong(words[2]),
                    Integer.parseInt(words[3]),
                    Integer.parseInt(words[4]));
            AtomicInteger resent = new AtomicInteger();
            Map<Long, Integer> times = new ConcurrentHashMap<>();
            MemoryFs fs = new MemoryFs() {
                @Override
                public EntryOut lookup(Request r, byte[] name) throws FuseException {
                    if (r.resent()) {
                        resent.incrementAndGet();
                    }
                    times.merge(r.unique(), 1, Integer::sum);
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                    return super.lookup(r, name);
                }
            };
            fs.put("slow", "late".getBytes(UTF_8));
            try (FuseSession second = FuseSession.resume(fd, agreed, SessionOptions.defaults(), fs)) {
                assertThat(caller.get(60, TimeUnit.SECONDS)).isTrue();
                for (CompletableFuture<Boolean> one : later) {
                    assertThat(one.get(60, TimeUnit.SECONDS)).isFalse();
                }
                assertThat(times)
                        .allSatisfy((unique, count) -> assertThat(count).isEqualTo(1));
                assertThat(resent).hasValue(1);
                assertThat(Files.readString(place.resolve("slow"))).isEqualTo("late");
                MountCalls.umount(place, MountCalls.MNT_DETACH);
                assertThat(second.awaitEnd(Duration.ofMinutes(1))).isTrue();
            }
        } finally {
            first.destroyForcibly();
            detach(place);
        }
    }

    private static String nextMatching(BufferedReader output, String pattern) throws IOException {
        String line = output.readLine();
        while (line != null && !line.matches(pattern)) {
            line = output.readLine();
        }
        assertThat(line).as("a line like " + pattern).isNotNull();
        return Objects.requireNonNull(line);
    }

    private static void detach(Path place) {
        try {
            MountCalls.umount(place, MountCalls.MNT_DETACH);
        } catch (IOException e) {
            // Unmounted by the test itself.
        }
    }
}
