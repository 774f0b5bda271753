package dev.leat.cli.worker;

import dev.leat.dataset.source.Source;
import dev.leat.meta.record.VolumeRecord;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What caches and workers call the place that bytes come from: the same name from every machine. */
public final class SourceIdentity {
    private SourceIdentity() {}

    /** A volume's: another one after metadata was loaded or restored, since what was written in between may lie under old names. */
    public static String of(VolumeRecord volume) {
        return volume.uuid() + "-" + HexFormat.of().toHexDigits(volume.incarnation());
    }

    /** That of data in place, by its location. */
    public static String of(Source source) {
        return named(source.location());
    }

    /** That of what is shown in place under a name: a location, or what a tree of several sources is called. */
    public static String named(String name) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return "source-" + HexFormat.of().formatHex(hash, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
