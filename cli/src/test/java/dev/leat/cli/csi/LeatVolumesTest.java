package dev.leat.cli.csi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.cli.CliException;
import dev.leat.cli.Main;
import dev.leat.cli.volume.JoinedVolume;
import dev.leat.cli.volume.VolumePath;
import dev.leat.kube.csi.VolumeStore;
import dev.leat.kube.csi.VolumeStore.Made;
import dev.leat.kube.csi.VolumeStore.Problem;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes for Kubernetes in a real Leat volume. */
class LeatVolumesTest {
    private static final long GIB = 1L << 30;

    @TempDir
    Path folder;

    private final List<String> formatted = new ArrayList<>();
    private String url = "";
    private VolumeStore.Access access;
    private LeatVolumes volumes;

    @BeforeEach
    void format() {
        url = "sqlite://" + folder.resolve("v.db");
        access = new VolumeStore.Access(url, null, Map.of());
        volumes = new LeatVolumes((where, bucket) -> {
            formatted.add(bucket);
            assertThat(Main.run("format", where.metaUrl(), "--store", bucket, "--trash-days", "0"))
                    .isZero();
        });
        assertThat(Main.run("format", url, "--store", "file://" + folder.resolve("store"), "--trash-days", "0"))
                .isZero();
    }

    private static Made wanted(String name, String path, long bytes, String source) {
        return new Made(name, path, bytes, source, 1_700_000_000_000L);
    }

    private boolean exists(String path) throws IOException {
        try (JoinedVolume volume = JoinedVolume.openReadOnly(url, "test")) {
            VolumePath.parse(path).in(volume.fs(), MetaFs.ROOT);
            return true;
        } catch (CliException e) {
            return false;
        }
    }

    private void touch(String directory, String name) throws IOException {
        try (JoinedVolume volume = JoinedVolume.open(url, "test")) {
            long parent = VolumePath.parse(directory).directoryIn(volume.fs(), MetaFs.ROOT);
            assertThat(volume.fs().create(parent, Name.of(name), NewNode.file(0644, 0), Caller.ROOT))
                    .isNotNull();
        }
    }

    private long quota(String path) throws IOException {
        try (JoinedVolume volume = JoinedVolume.openReadOnly(url, "test")) {
            var quota = volume.fs().quotas().get(VolumePath.parse(path).directoryIn(volume.fs(), MetaFs.ROOT));
            return quota == null ? 0 : quota.bytesMax();
        }
    }

    @Test
    void aVolumeComesGrowsAndGoes() throws Exception {
        assertThat(volumes.find(access, "pvc-1")).isNull();
        Made made = volumes.create(access, wanted("pvc-1", "/ml/data", GIB, ""));
        assertThat(volumes.create(access, wanted("pvc-1", "/ml/data", GIB, ""))).isEqualTo(made);
        assertThat(volumes.find(access, "pvc-1")).isEqualTo(made);
        assertThat(quota("/ml/data")).isEqualTo(GIB);
        volumes.resize(access, "pvc-1", 2 * GIB);
        assertThat(quota("/ml/data")).isEqualTo(2 * GIB);
        assertThat(volumes.find(access, "pvc-1")).isEqualTo(wanted("pvc-1", "/ml/data", 2 * GIB, ""));
        touch("/ml/data", "file");
        volumes.delete(access, "pvc-1");
        volumes.delete(access, "pvc-1");
        assertThat(exists("/ml/data")).isFalse();
        assertThat(exists("/ml")).isTrue();
        assertThat(volumes.find(access, "pvc-1")).isNull();
    }

    @Test
    void copiesAndSnapshotsHaveWhatWasThere() throws Exception {
        Made source = volumes.create(access, wanted("pvc-1", "/pvc-1", 0, ""));
        assertThat(source.capacityBytes()).isZero();
        touch("/pvc-1", "before");
        Made snapshot = volumes.createSnapshot(access, "snap-1", "pvc-1");
        touch("/pvc-1", "after");
        assertThat(volumes.createSnapshot(access, "snap-1", "pvc-1")).isEqualTo(snapshot);
        assertThat(volumes.findSnapshot(access, "snap-1")).isEqualTo(snapshot);
        Made old = volumes.create(access, wanted("pvc-2", "/pvc-2", GIB, "snapshot:snap-1"));
        Made now = volumes.create(access, wanted("pvc-3", "/pvc-3", 0, "volume:pvc-1"));
        assertThat(old.source()).isEqualTo("snapshot:snap-1");
        assertThat(now.source()).isEqualTo("volume:pvc-1");
        assertThat(exists("/pvc-2/before")).isTrue();
        assertThat(exists("/pvc-2/after")).isFalse();
        assertThat(exists("/pvc-3/after")).isTrue();
        assertThat(quota("/pvc-2")).isEqualTo(GIB);
        // The original may go; copies are whole.
        volumes.delete(access, "pvc-1");
        assertThat(exists("/pvc-3/after")).isTrue();
        volumes.deleteSnapshot(access, "snap-1");
        volumes.deleteSnapshot(access, "snap-1");
        assertThat(exists("/pvc-2/before")).isTrue();
        assertThat(volumes.findSnapshot(access, "snap-1")).isNull();
        assertThatThrownBy(() -> volumes.create(access, wanted("pvc-4", "/pvc-4", 0, "snapshot:snap-1")))
                .isInstanceOfSatisfying(Problem.class, e -> assertThat(e.kind()).isEqualTo(Problem.Kind.NOT_FOUND));
        assertThat(volumes.find(access, "pvc-4")).isNull();
    }

    /** Whatever an interrupted call left is completed by the next one. */
    @Test
    void whatWasBegunIsFinished() throws Exception {
        Made half = wanted("pvc-1", "/a/b", GIB, "");
        try (JoinedVolume volume = JoinedVolume.open(url, "test")) {
            assertThat(new Register(volume.fs()).add(Register.VOLUMES, half)).isEqualTo(half);
        }
        assertThat(exists("/a/b")).isFalse();
        assertThat(volumes.create(access, half)).isEqualTo(half);
        assertThat(quota("/a/b")).isEqualTo(GIB);
    }

    @Test
    void somebodysDirectoryIsNotTaken() throws Exception {
        Made made = volumes.create(access, wanted("pvc-1", "/shared", 0, ""));
        assertThat(made.path()).isEqualTo("/shared");
        assertThatThrownBy(() -> volumes.create(access, wanted("pvc-2", "/shared", 0, "")))
                .isInstanceOfSatisfying(Problem.class, e -> assertThat(e.kind()).isEqualTo(Problem.Kind.EXISTS));
        assertThat(volumes.find(access, "pvc-2")).isNull();
    }

    @Test
    void aLeatVolumeIsMadeWhereThereIsABucketForIt() throws Exception {
        String missing = "sqlite://" + folder.resolve("new.db");
        VolumeStore.Access without = new VolumeStore.Access(missing, null, Map.of());
        assertThat(volumes.find(without, "pvc-1")).isNull();
        assertThatThrownBy(() -> volumes.create(without, wanted("pvc-1", "/pvc-1", 0, "")))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("leat format");
        String bucket = "file://" + folder.resolve("new");
        VolumeStore.Access with = new VolumeStore.Access(missing, bucket, Map.of());
        assertThat(volumes.create(with, wanted("pvc-1", "/pvc-1", 0, "")).path())
                .isEqualTo("/pvc-1");
        assertThat(formatted).containsExactly(bucket);
    }
}
