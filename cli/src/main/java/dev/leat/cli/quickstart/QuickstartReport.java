package dev.leat.cli.quickstart;

import dev.leat.cache.ByteSize;
import dev.leat.cli.output.Table;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a quickstart found.
 *
 * @param mountPoint where the volume is mounted
 * @param volume its metadata URL
 * @param cache its cache folder
 * @param program the launcher
 * @param bytes size of the data set
 * @param writeNanos time that writing through the mount took; 0 if it was there already
 * @param cold first epoch, with empty caches
 * @param warm second epoch, with everything cached by the kernel
 */
public record QuickstartReport(
        Path mountPoint, String volume, Path cache, Path program, long bytes, long writeNanos, Pair cold, Pair warm) {
    private static final double MEGABYTE = 1e6;

    /** The same reads at two places. */
    record Pair(Rates leat, Rates local) {}

    /** One epoch: the images, then the shards. */
    record Rates(Epoch.Rate images, Epoch.Rate shards) {}

    /** For people: the table, and where to look next. */
    public String text() {
        Table table =
                new Table("epoch", "images/s: Leat", "local disk", "ratio", "shards MB/s: Leat", "local disk", "ratio");
        row(table, "cold", cold);
        row(table, "warm", warm);
        return """

                %s
                cold = caches empty, read from the store; warm = read again, in another order; %s in all.
                local disk = the same files and readers, outside of Leat.

                The volume stays mounted at %s
                  look around    ls %s/images
                  how it is      %s status %s
                  live numbers   %s stats %s
                  take it away   %s umount %s
                  mount it again %s mount %s %s --cache-dir %s
                  what next      %s --help, and docs/ beside the launcher""".formatted(
                        table,
                        ByteSize.format(bytes),
                        mountPoint,
                        mountPoint,
                        program,
                        mountPoint,
                        program,
                        mountPoint,
                        program,
                        mountPoint,
                        program,
                        volume,
                        mountPoint,
                        cache,
                        program);
    }

    private static void row(Table table, String name, Pair pair) {
        Epoch.Rate images = pair.leat().images();
        Epoch.Rate localImages = pair.local().images();
        Epoch.Rate shards = pair.leat().shards();
        Epoch.Rate localShards = pair.local().shards();
        table.row(
                name,
                number(images.filesPerSecond()),
                number(localImages.filesPerSecond()),
                ratio(images.filesPerSecond(), localImages.filesPerSecond()),
                number(shards.bytesPerSecond() / MEGABYTE),
                number(localShards.bytesPerSecond() / MEGABYTE),
                ratio(shards.bytesPerSecond(), localShards.bytesPerSecond()));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%,.0f", value);
    }

    private static String ratio(double of, double to) {
        return String.format(Locale.ROOT, "%.2f", of / to);
    }

    /** For programs. */
    public Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("mountPoint", mountPoint.toString());
        facts.put("volume", volume);
        facts.put("bytes", bytes);
        facts.put("writeSeconds", writeNanos == 0 ? null : writeNanos / 1e9);
        facts.put("cold", facts(cold));
        facts.put("warm", facts(warm));
        return facts;
    }

    private static Map<String, Object> facts(Pair pair) {
        return Map.of("leat", facts(pair.leat()), "localDisk", facts(pair.local()));
    }

    private static Map<String, Object> facts(Rates rates) {
        return Map.of("images", facts(rates.images()), "shards", facts(rates.shards()));
    }

    private static Map<String, Object> facts(Epoch.Rate rate) {
        return Map.of(
                "files", rate.files(),
                "bytes", rate.bytes(),
                "seconds", rate.seconds(),
                "filesPerSecond", rate.filesPerSecond(),
                "bytesPerSecond", rate.bytesPerSecond());
    }
}
