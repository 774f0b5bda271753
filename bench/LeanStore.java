import dev.leat.testing.s3.FaultyS3Server;
import dev.leat.testing.s3.S3Operation;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A store that costs little beside what is measured: objects in memory, no disk, no signature. It adds a latency to each answer
 * and a limit to each connection, when told to. Prints its address, then answers each line of its input by one.
 *
 * <pre>
 * bucket NAME        makes a bucket
 * latency MILLIS     each answer comes later by this
 * limit BYTES        most that a connection sends in a second, 0 for no limit
 * traffic            requests, GETs, bytes sent in answer to GETs, PUTs and parts, bytes received with them; then all are zero
 * </pre>
 */
public final class LeanStore {
    private LeanStore() {}

    public static void main(String[] args) throws Exception {
        try (FaultyS3Server server = FaultyS3Server.start(0)) {
            System.out.println(server.endpoint());
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split(" ");
                switch (words[0]) {
                    case "bucket" -> server.createBucket(words[1]);
                    case "latency" -> server.latency(Duration.ofNanos((long) (Double.parseDouble(words[1]) * 1e6)));
                    case "limit" -> server.bandwidthPerConnection(Long.parseLong(words[1]));
                    default -> {}
                }
                var traffic = server.traffic();
                if (words[0].equals("traffic")) {
                    System.out.println(traffic.requests() + " " + traffic.requests(S3Operation.GET_OBJECT) + " " + traffic.bytesSent(S3Operation.GET_OBJECT)
                            + " " + (traffic.requests(S3Operation.PUT_OBJECT) + traffic.requests(S3Operation.UPLOAD_PART)) + " "
                            + (traffic.bytesReceived(S3Operation.PUT_OBJECT) + traffic.bytesReceived(S3Operation.UPLOAD_PART)));
                    traffic.reset();
                } else {
                    System.out.println("ok");
                }
            }
        }
    }
}
