package dev.leat.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.kube.report.DaemonReport;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reports as the operator reads them. */
class ReportTextTest {
    @Test
    void everythingThatIsKnownIsSaid() {
        DaemonReport report = DaemonReport.of(
                        new DaemonReport.Daemon("imagenet", "load", "warm-1", "node-1", "warm"), "none")
                .withCache(new DaemonReport.CacheUse(1, 2))
                .withReads(new DaemonReport.ReadCounts(3, 4, 5))
                .withSource(new DaemonReport.SourceSize(true, 6L, 7L))
                .withProgress(new DaemonReport.WorkProgress(8, 9L, 10, 11L, 12, 13L, List.of("a \"b\": gone")));
        assertThat(ReportText.of(report).strip())
                .isEqualTo(
                        "{\"from\":{\"dataset\":\"imagenet\",\"component\":\"load\",\"pod\":\"warm-1\",\"node\":\"node-1\","
                                + "\"operation\":\"warm\"},\"problem\":\"none\",\"cache\":{\"cachedBytes\":1,\"capacityBytes\":2},"
                                + "\"reads\":{\"readBytes\":3,\"localHitBytes\":4,\"remoteHitBytes\":5},"
                                + "\"source\":{\"counting\":true,\"bytes\":6,\"files\":7},"
                                + "\"progress\":{\"bytesDone\":8,\"bytesTotal\":9,\"filesDone\":10,\"filesTotal\":11,"
                                + "\"filesFailed\":12,\"bytesPerSecond\":13,\"failures\":[\"a \\\"b\\\": gone\"]}}");
    }

    @Test
    void whatIsNotKnownIsLeftOut() {
        PodSide pod = new PodSide(
                new DaemonReport.Daemon("imagenet", "worker", "imagenet-worker-0", null, null), null, null, null);
        assertThat(ReportText.of(pod.bare("it is starting")).strip())
                .isEqualTo(
                        "{\"from\":{\"dataset\":\"imagenet\",\"component\":\"worker\",\"pod\":\"imagenet-worker-0\"},"
                                + "\"problem\":\"it is starting\"}");
    }
}
