package dev.leat.cli.report;

import dev.leat.cli.output.Json;
import dev.leat.kube.report.DaemonReport;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A report as the JSON that the operator reads. Written by hand: daemons carry no library that binds records to JSON. */
final class ReportText {
    private ReportText() {}

    static String of(DaemonReport report) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("dataset", report.dataset());
        fields.put("component", report.component());
        fields.put("pod", report.pod());
        put(fields, "node", report.node());
        put(fields, "operation", report.operation());
        fields.put("ready", report.ready());
        put(fields, "reason", report.reason());
        put(fields, "cachedBytes", report.cachedBytes());
        put(fields, "capacityBytes", report.capacityBytes());
        put(fields, "readBytes", report.readBytes());
        put(fields, "localHitBytes", report.localHitBytes());
        put(fields, "remoteHitBytes", report.remoteHitBytes());
        fields.put("counting", report.counting());
        put(fields, "sourceBytes", report.sourceBytes());
        put(fields, "sourceFiles", report.sourceFiles());
        DaemonReport.WorkProgress progress = report.progress();
        if (progress != null) {
            Map<String, @Nullable Object> work = new LinkedHashMap<>();
            work.put("bytesDone", progress.bytesDone());
            put(work, "bytesTotal", progress.bytesTotal());
            work.put("filesDone", progress.filesDone());
            put(work, "filesTotal", progress.filesTotal());
            work.put("filesFailed", progress.filesFailed());
            put(work, "bytesPerSecond", progress.bytesPerSecond());
            put(work, "failures", progress.failures());
            fields.put("progress", work);
        }
        return Json.line(fields);
    }

    private static void put(Map<String, @Nullable Object> fields, String name, @Nullable Object value) {
        if (value != null) {
            fields.put(name, value);
        }
    }
}
