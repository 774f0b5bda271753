package dev.leat.cli.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is said of an interval follows from its counters. */
final class ProfileTest {
    private static final Map<String, Object> BEFORE = counters(100, 1.0, 10, 5 << 20, 1 << 20);
    private static final Map<String, Object> AFTER = counters(300, 7.0, 20, 8 << 20, 2 << 20);

    private static Map<String, Object> counters(long reads, double readSeconds, long gets, long hit, long missed) {
        Map<String, Object> counters = new LinkedHashMap<>();
        counters.put("leat_fuse_request_seconds_count{op=\"read\"}", reads);
        counters.put("leat_fuse_request_seconds_sum{op=\"read\"}", readSeconds);
        counters.put("leat_fuse_request_seconds_count{op=\"lookup\"}", reads / 100);
        counters.put("leat_fuse_request_seconds_sum{op=\"lookup\"}", readSeconds / 100);
        counters.put("leat_fuse_read_bytes_total", hit + missed);
        counters.put("leat_store_request_seconds_count{op=\"get\",store=\"s3\"}", gets);
        counters.put("leat_store_request_seconds_sum{op=\"get\",store=\"s3\"}", gets * 0.05);
        counters.put("leat_store_bytes_total{op=\"get\",store=\"s3\"}", missed);
        counters.put("leat_meta_call_seconds_count{engine=\"redis\",op=\"feed\"}", reads * 10);
        counters.put("leat_meta_call_seconds_sum{engine=\"redis\",op=\"feed\"}", 60.0);
        counters.put("leat_cache_hit_bytes_total{tier=\"ssd\"}", hit);
        counters.put("leat_cache_miss_bytes_total", missed);
        counters.put("leat_opens_total{path=\"passthrough\"}", reads / 10);
        return counters;
    }

    @Test
    void whatTookMostTimeComesFirst() {
        Profile profile = new Profile(new Interval(BEFORE, AFTER, 60));
        assertThat(profile.requests())
                .extracting(Profile.Row::name, Profile.Row::count, Profile.Row::seconds, Profile.Row::bytes)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("read", 200L, 6.0, 4L << 20),
                        org.assertj.core.groups.Tuple.tuple("lookup", 2L, 0.07 - 0.01, 0L));
    }

    @Test
    void waitingForNewsIsNoWork() {
        assertThat(new Profile(new Interval(BEFORE, AFTER, 60)).below())
                .extracting(Profile.Row::name)
                .containsExactly("store get");
    }

    @Test
    void readsAreSharedOutToWhereTheyCameFrom() {
        Profile profile = new Profile(new Interval(BEFORE, AFTER, 60));
        assertThat(profile.reads()).isEqualTo(Map.of("cache ssd", 3L << 20, "store", 1L << 20));
        assertThat(profile.opens()).isEqualTo(Map.of("passthrough", 20L));
        assertThat(profile.findings())
                .anyMatch(finding -> finding.contains("for read"))
                .anyMatch(finding -> finding.startsWith("25 % of the bytes read came from the store"));
    }

    @Test
    void anIdleMountHasNothingToBlame() {
        List<String> findings = new Profile(new Interval(AFTER, AFTER, 60)).findings();
        assertThat(findings).singleElement().asString().startsWith("the kernel asked for nothing");
        assertThat(ProfileText.text(new Profile(new Interval(AFTER, AFTER, 60)), "/mnt", 60))
                .contains("/mnt: the last 60 s");
    }

    @Test
    void aPictureNamesEveryLayer() {
        List<String> lines = new TopScreen("/mnt", false).draw(new Interval(BEFORE, AFTER, 10));
        assertThat(lines).anyMatch(line -> line.startsWith("  read") && line.contains("20.0"));
        assertThat(lines).anyMatch(line -> line.startsWith("  cache ssd") && line.contains("75 %"));
        assertThat(lines).anyMatch(line -> line.startsWith("  store get"));
    }
}
