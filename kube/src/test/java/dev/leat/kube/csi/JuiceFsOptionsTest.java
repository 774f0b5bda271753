package dev.leat.kube.csi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of each mount option that JuiceFS knows. */
class JuiceFsOptionsTest {
    /** The options of {@code juicefs mount} 1.4, its global ones included, and those of its cloud service that manifests have. */
    private static final Set<String> JUICEFS = Set.of("""
            cache-dir cache-size cache-items free-space-ratio cache-partial-only cache-large-write verify-cache-checksum
            cache-eviction cache-scan-interval cache-expire cache-mode buffer-size max-readahead prefetch writeback
            writeback-threshold-size upload-delay upload-hours max-uploads max-downloads max-stage-write max-deletes
            upload-limit download-limit get-timeout put-timeout io-retries attr-cache entry-cache dir-entry-cache
            negative-entry-cache readdir-cache open-cache open-cache-limit backup-meta backup-skip-trash heartbeat no-bgjob
            read-only atime-mode skip-dir-nlink skip-dir-mtime subdir sort-dir fast-statfs max-fuse-io writeback_cache
            async_dio allow_other enable-xattr enable-cap enable-selinux enable-ioctl root-squash all-squash umask
            prefix-internal hide-internal metrics consul custom-labels bucket storage storage-class no-usage-report log
            no-syslog log-id no-color log-level verbose debug quiet trace no-agent pyroscope background d force update-fstab
            cache-group cache-group-size group-weight group-backup no-sharing fill-group-cache token metacache
            max-cached-inodes metacacheto external
            """.strip().split("\\s+"));

    @Test
    void everyOptionHasAFateAndAReason() {
        Set<String> known =
                JuiceFsOptions.all().stream().map(MountOption::name).collect(Collectors.toCollection(TreeSet::new));
        assertThat(known).containsAll(JUICEFS);
        assertThat(JuiceFsOptions.all())
                .allSatisfy(
                        option -> assertThat(option.reason()).as(option.name()).isNotBlank());
        // Whatever else the table has is what mount(8) knows, or another spelling.
        known.removeAll(JUICEFS);
        assertThat(known)
                .containsExactlyInAnyOrder(
                        "default_permissions",
                        "_netdev",
                        "noatime",
                        "nodiratime",
                        "nodev",
                        "nosuid",
                        "noexec",
                        "dev",
                        "suid",
                        "exec",
                        "dirsync",
                        "sync",
                        "ro",
                        "rw",
                        "foreground",
                        "f");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cache-dir=/nvme/jfs | --cache-dir /nvme/jfs",
                "cache-dir=memory | --cache-dir /dev/shm/leat",
                "cache-size=102400 | --cache-size 102400MiB",
                "cache-size=100G | --cache-size 102400MiB",
                "cache-size=1.5GiB | --cache-size 1536MiB",
                "cache-size=0 | --cache-size 64MiB",
                "buffer-size=300 | --memory 300MiB",
                "buffer-size=1 | --memory 32MiB",
                "writeback | --close staged",
                "writeback=false | ''",
                "upload-limit=100 | --upload-limit 12500000B",
                "download-limit=8 | --download-limit 1000000B",
                "read-only | --read-only",
                "ro | --read-only",
                "rw | ''",
                "subdir=a/b | --subdir a/b",
                "backup-meta=1h | --backup-meta 3600s",
                "backup-meta=0 | --backup-meta 0s",
                "heartbeat=12 | --lease 60s",
                "no-bgjob | --backup-meta 0s --compact-limit 0B",
                "metrics=0.0.0.0:9567 | --metrics 0.0.0.0:9567",
                "noatime | -o noatime",
                "atime-mode=noatime | ''",
                "attr-cache=60 | ''",
                "free-space-ratio=0.2 | ''",
                "--cache-size=64 | --cache-size 64MiB",
                "cache-size=102400,buffer-size=300,writeback | --cache-size 102400MiB --memory 300MiB --close staged",
            })
    void translated(String option, String arguments) throws CsiException {
        assertThat(String.join(" ", JuiceFsOptions.translate(List.of(option)))).isEqualTo(arguments);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "upload-delay=1h", "upload-hours=0,6", "bucket=x", "storage=s3", "storage-class=IA", "root-squash=1:1",
                "all-squash=1:1", "umask=022", "consul=127.0.0.1:8500", "cache-group=g", "token=t", "metacache",
                "atime-mode=relatime", "no-such-option", "cache-size=big", "buffer-size=-1", "heartbeat=1d",
                        "writeback=maybe",
            })
    void refusedByName(String option) {
        assertThatThrownBy(() -> JuiceFsOptions.translate(List.of(option)))
                .isInstanceOfSatisfying(
                        CsiException.class, e -> assertThat(e.code()).isEqualTo(Status.Code.INVALID_ARGUMENT))
                .hasMessageContaining(option.replaceFirst("=.*", ""));
    }

    /** An option that is not refused must not be lost silently: it is served, or translated into something, or told of. */
    @Test
    void whatIsTranslatedHasArguments() throws CsiException {
        for (MountOption option : JuiceFsOptions.all()) {
            if (option.fate() == MountOption.Fate.TRANSLATED) {
                String value = option.name().matches("cache-dir|subdir|metrics")
                        ? "=x"
                        : option.name().matches("writeback|no-bgjob|read-only|no.*|dev|suid|exec|.*sync|ro")
                                ? ""
                                : "=100";
                assertThat(JuiceFsOptions.translate(List.of(option.name() + value)))
                        .as(option.name())
                        .isNotEmpty();
            }
        }
    }
}
