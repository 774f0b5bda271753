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
        DaemonReport.Daemon daemon = report.from();
        Map<String, @Nullable Object> from = new LinkedHashMap<>();
        from.put("dataset", daemon.dataset());
        from.put("component", daemon.component());
        from.put("pod", daemon.pod());
        put(from, "node", daemon.node());
        put(from, "operation", daemon.operation());
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("from", from);
        put(fields, "problem", report.problem());
        DaemonReport.CacheUse cache = report.cache();
        if (cache != null) {
            Map<String, @Nullable Object> use = new LinkedHashMap<>();
            use.put("cachedBytes", cache.cachedBytes());
            use.put("capacityBytes", cache.capacityBytes());
            fields.put("cache", use);
        }
        DaemonReport.ReadCounts reads = report.reads();
        if (reads != null) {
            Map<String, @Nullable Object> counts = new LinkedHashMap<>();
            counts.put("readBytes", reads.readBytes());
            counts.put("localHitBytes", reads.localHitBytes());
            counts.put("remoteHitBytes", reads.remoteHitBytes());
            fields.put("reads", counts);
        }
        DaemonReport.SourceSize source = report.source();
        if (source != null) {
            Map<String, @Nullable Object> size = new LinkedHashMap<>();
            size.put("counting", source.counting());
            put(size, "bytes", source.bytes());
            put(size, "files", source.files());
            fields.put("source", size);
        }
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
