package dev.leat.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.kube.report.DaemonReport;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reports as the operator reads them. */
class ReportTextTest {
    @Test
    void everythingThatIsKnownIsSaid() {
        DaemonReport report = new DaemonReport(
                "imagenet",
                "load",
                "warm-1",
                "node-1",
                "warm",
                true,
                "none",
                1L,
                2L,
                3L,
                4L,
                5L,
                true,
                6L,
                7L,
                new DaemonReport.WorkProgress(8, 9L, 10, 11L, 12, 13L, List.of("a \"b\": gone")));
        assertThat(ReportText.of(report).strip())
                .isEqualTo("{\"dataset\":\"imagenet\",\"component\":\"load\",\"pod\":\"warm-1\",\"node\":\"node-1\","
                        + "\"operation\":\"warm\",\"ready\":true,\"reason\":\"none\",\"cachedBytes\":1,\"capacityBytes\":2,"
                        + "\"readBytes\":3,\"localHitBytes\":4,\"remoteHitBytes\":5,\"counting\":true,\"sourceBytes\":6,"
                        + "\"sourceFiles\":7,\"progress\":{\"bytesDone\":8,\"bytesTotal\":9,\"filesDone\":10,\"filesTotal\":11,"
                        + "\"filesFailed\":12,\"bytesPerSecond\":13,\"failures\":[\"a \\\"b\\\": gone\"]}}");
    }

    @Test
    void whatIsNotKnownIsLeftOut() {
        PodSide pod = new PodSide("imagenet", "worker", "imagenet-worker-0", null, null, null, null, null);
        assertThat(ReportText.of(pod.bare("it is starting")).strip())
                .isEqualTo(
                        "{\"dataset\":\"imagenet\",\"component\":\"worker\",\"pod\":\"imagenet-worker-0\",\"ready\":false,"
                                + "\"reason\":\"it is starting\",\"counting\":false}");
    }
}
