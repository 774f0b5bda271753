package dev.leat.cli.volume;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.SessionRecord;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.meta.session.Reader;
import dev.leat.meta.session.SessionSpec;
import dev.leat.meta.usage.Quotas;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a volume's metadata tells about it. */
public final class VolumeStatus {
    private VolumeStatus() {}

    /** Facts about the volume at a metadata URL. */
    public static Map<String, @Nullable Object> of(String source) throws IOException {
        MetaUrl url = MetaUrl.parse(source);
        try (MetaEngine engine = MetaEngines.open(url, OpenMode.EXISTING)) {
            VolumeRecord volume = Volumes.load(engine);
            Map<String, @Nullable Object> facts = new LinkedHashMap<>();
            facts.put("volume", volume.name());
            facts.put("uuid", volume.uuid().toString());
            facts.put("incarnation", java.util.HexFormat.of().toHexDigits(volume.incarnation()));
            facts.put("formatVersion", volume.formatVersion());
            facts.put("metadata", url.redacted());
            facts.put("engine", engine.info().name());
            facts.put("durable", engine.info().durable());
            facts.put("warning", engine.info().warning());
            facts.put("store", volume.storeUrl());
            facts.put("storeOptions", volume.storeOptions());
            Reader reader = new Reader(engine, SessionSpec.REQUEST_DEADLINE_DEFAULT);
            Quotas.Quota limit = Quotas.ofVolume(reader);
            facts.put("capacityBytes", limit.bytesMax());
            facts.put("usedBytes", limit.used().bytes());
            facts.put("inodesMax", limit.inodesMax());
            facts.put("usedInodes", limit.used().inodes());
            facts.put("blockSizeBytes", volume.blockSizeBytes());
            facts.put("trashDays", volume.trashDays());
            facts.put("acl", volume.hasAcls());
            facts.put("compression", VolumeBlobs.compression(volume).toString());
            facts.put("encryption", VolumeBlobs.encryption(volume));
            facts.put("createdBy", volume.createdBy());
            facts.put("options", VolumeBlobs.options(volume));
            facts.put("sessions", sessions(reader));
            return facts;
        }
    }

    /** Who may write: mounts, and commands at work. Sessions that died are in it until another client has buried them. */
    private static List<Map<String, Object>> sessions(Reader reader) throws IOException {
        List<Map<String, Object>> sessions = new ArrayList<>();
        List<Map.Entry<Key, Value>> page = List.of();
        do {
            Bytes after = page.isEmpty() ? null : page.getLast().getKey().name();
            page = reader.scan(Keys.sessions(), after, CommitRules.PAGE_MAX);
            for (Map.Entry<Key, Value> row : page) {
                SessionRecord session = SessionRecord.decode(row.getValue().bytes());
                Map<String, Object> facts = new LinkedHashMap<>();
                facts.put("session", session.number());
                facts.put("host", session.host());
                facts.put("pid", session.pid());
                facts.put("mountPoint", session.mountPoint());
                facts.put("version", session.version());
                facts.put(
                        "started",
                        Instant.ofEpochSecond(
                                        session.started().seconds(),
                                        session.started().nanos())
                                .toString());
                sessions.add(facts);
            }
        } while (!page.isEmpty());
        return sessions;
    }
}
