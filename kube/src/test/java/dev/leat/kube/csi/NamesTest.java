package dev.leat.kube.csi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids, paths, parameters and the table of mounts. */
class NamesTest {
    private static final String REDIS = "redis://juicefs-redis.sre:6379/1";

    @Test
    void anIdSaysWhereItsVolumeIs() throws CsiException {
        String name = "pvc-0f8fad5b-d9cb-469f-a165-70867728950e";
        VolumeId id = VolumeId.make(name, REDIS);
        assertThat(id).hasToString(name + "@" + REDIS);
        assertThat(VolumeId.parse(id.toString())).isEqualTo(id);
        assertThat(VolumeId.make(name, "")).hasToString(name);
    }

    @Test
    void longAndOddNamesAreHashed() throws CsiException {
        VolumeId one = VolumeId.make("x".repeat(128), REDIS);
        assertThat(one.toString()).hasSizeLessThanOrEqualTo(128);
        assertThat(one.plausible()).isTrue();
        assertThat(one).isNotEqualTo(VolumeId.make("x".repeat(127), REDIS));
        assertThat(VolumeId.make("../../etc", REDIS).plausible()).isTrue();
        assertThat(VolumeId.parse("../../etc").plausible()).isFalse();
        assertThatThrownBy(() -> VolumeId.make("pvc-1", "redis://" + "h".repeat(120)))
                .hasMessageContaining("secret");
    }

    @Test
    void patternsArePathsWithin() throws CsiException {
        Map<String, String> parameters = Map.of(
                "csi.storage.k8s.io/pvc/name",
                "data",
                "csi.storage.k8s.io/pvc/namespace",
                "ml",
                "csi.storage.k8s.io/pv/name",
                "pvc-1");
        assertThat(PathPattern.apply("${.PVC.namespace}/${.pvc.name}-${.pv.name}", parameters))
                .isEqualTo("ml/data-pvc-1");
        assertThatThrownBy(() -> PathPattern.apply("${.pvc.labels.team}", parameters))
                .hasMessageContaining("labels");
        assertThatThrownBy(() -> PathPattern.apply("${.pvc.name}", Map.of()))
                .hasMessageContaining("extra-create-metadata");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "..", "a/../b", "a//b", "./a", "a/${x}"})
    void noPathLeadsOut(String path) {
        assertThatThrownBy(() -> PathPattern.checked(path)).isInstanceOf(CsiException.class);
    }

    @Test
    void theSecretWinsAndPasswordsAreNotPublic() throws CsiException {
        Parameters parameters = Parameters.of(
                Map.of("metaurl", "redis://other/1", "bucket", "s3://open"),
                Map.of("metaurl", "redis://u:pa%3Ass@host:6379/1", "access-key", "a", "secret-key", "s"));
        assertThat(parameters.metaUrl()).isEqualTo("redis://u:pa%3Ass@host:6379/1");
        assertThat(parameters.secretUrl()).isTrue();
        assertThat(parameters.password()).isEqualTo("pa:ss");
        assertThat(parameters.access().openUrl()).isEqualTo("redis://u@host:6379/1");
        assertThat(parameters.environment()).isEqualTo(Map.of("AWS_ACCESS_KEY_ID", "a", "AWS_SECRET_ACCESS_KEY", "s"));
        assertThatThrownBy(() -> Parameters.of(Map.of("metaurl", "redis://:secret@host/1"), Map.of()))
                .hasMessageContaining("secret as 'metaurl'")
                .hasMessageNotContaining(":secret@");
        assertThat(Parameters.of(Map.of("source", "s3://bucket/p"), Map.of()).source())
                .isEqualTo("s3://bucket/p");
        assertThat(Parameters.of(Map.of("source", "sqlite:///v.db"), Map.of()).metaUrl())
                .isEqualTo("sqlite:///v.db");
        assertThatThrownBy(() -> Parameters.of(Map.of(), Map.of()).access()).hasMessageContaining("metaurl");
    }

    @Test
    void leatsOwnOptionsAreItsOwn() throws CsiException {
        assertThat(LeatOptions.translate(
                        List.of("cache-size=1GiB,ro", "noatime", "tier=SSD=/a,quota=1GiB", "workers=a:1,b:2")))
                .containsExactly(
                        "--cache-size=1GiB",
                        "--read-only",
                        "-o",
                        "noatime",
                        "--tier=SSD=/a,quota=1GiB",
                        "--workers=a:1,b:2");
        assertThatThrownBy(() -> LeatOptions.translate(List.of("subdir=x"))).hasMessageContaining("subdir");
        assertThatThrownBy(() -> LeatOptions.translate(List.of("x;reboot"))).isInstanceOf(CsiException.class);
    }

    @Test
    void theTableOfMounts(@TempDir Path folder) throws Exception {
        Path table = Files.writeString(folder.resolve("mountinfo"), """
                21 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
                97 21 0:51 / /mnt/a\\040b rw,nosuid shared:7 - fuse.leat v rw,user_id=0
                98 21 0:51 /sub /mnt/ro ro,relatime - fuse.leat v rw,user_id=0
                99 21 0:52 / /mnt/ro rw - tmpfs tmpfs rw
                """);
        MountTable mounts = new MountTable(table);
        assertThat(mounts.at(Path.of("/mnt/a b"))).singleElement().satisfies(mount -> {
            assertThat(mount.type()).isEqualTo("fuse.leat");
            assertThat(mount.device()).isEqualTo("0:51");
            assertThat(mount.readOnly()).isFalse();
        });
        assertThat(mounts.at(Path.of("/mnt/../mnt/ro"))).hasSize(2);
        assertThat(mounts.at(Path.of("/mnt/ro")).getFirst().readOnly()).isTrue();
        assertThat(mounts.at(Path.of("/mnt"))).isEmpty();
    }
}
