package dev.leat.store.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectInfo;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Another process that uses a directory, for tests that kill it or compete with it. */
final class StoreChild {
    /** Size of the objects that {@code fill} writes: several writes of the kernel each. */
    static final int OBJECT_BYTES = 300_000;

    private StoreChild() {}

    /** Starts a process; whoever starts it ends it. */
    static Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                StoreChild.class.getName()));
        command.addAll(Arrays.asList(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** {@code fill DIR} or {@code count DIR TIMES}. */
    public static void main(String[] arguments) throws Exception {
        try (FileStore store = FileStore.open(Path.of(arguments[1]))) {
            switch (arguments[0]) {
                case "fill" -> fill(store);
                case "count" -> count(store, Integer.parseInt(arguments[2]));
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        }
    }

    /** Writes objects until it is killed, four at a time, and prints the key of each that was acknowledged. */
    private static void fill(FileStore store) throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            int number = thread;
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; ; i++) {
                        fillOne(store, number, i);
                    }
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void fillOne(FileStore store, int thread, int i) throws IOException {
        String key = "dir-" + i % 7 + "/object-" + thread + "-" + i;
        byte[] bytes = new byte[OBJECT_BYTES];
        Arrays.fill(bytes, (byte) i);
        if (i % 5 == 0) {
            MultipartUpload upload = store.upload(key);
            upload.part(2, ByteBuffer.wrap(bytes, 200_000, 100_000));
            upload.part(1, ByteBuffer.wrap(bytes, 0, 200_000));
            upload.complete(PutCondition.IF_ABSENT);
        } else {
            store.put(key, ByteBuffer.wrap(bytes), i % 2 == 0 ? PutCondition.ALWAYS : PutCondition.IF_ABSENT);
        }
        synchronized (System.out) {
            System.out.println(key);
            System.out.flush();
        }
    }

    /** Adds one to the number in the object {@code counter}, as often as told, by comparing and replacing. */
    static void count(FileStore store, int times) throws IOException {
        for (int done = 0; done < times; ) {
            ObjectInfo info = store.head("counter");
            ByteBuffer text = ByteBuffer.allocate((int) info.sizeBytes());
            try {
                store.get("counter", 0, text, info.etag());
                long next = Long.parseLong(new String(text.array(), UTF_8)) + 1;
                store.put(
                        "counter",
                        ByteBuffer.wrap(Long.toString(next).getBytes(UTF_8)),
                        new PutCondition.IfMatch(info.etag()));
                done++;
            } catch (StoreException e) {
                if (e.kind() != Kind.PRECONDITION_FAILED && e.kind() != Kind.INVALID) {
                    throw e;
                }
            }
        }
    }
}
