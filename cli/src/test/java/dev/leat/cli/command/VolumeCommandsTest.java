package dev.leat.cli.command;

import static dev.leat.cli.command.CommandLineRun.leat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.fs.MetaFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gc}, {@code config} and {@code destroy}. */
final class VolumeCommandsTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void garbageIsOnlyCountedUntilToldToDelete() throws Exception {
        TestVolume volume = TestVolume.format(folder);
        volume.as((fs, store) -> TestVolume.file(fs, store, MetaFs.ROOT, "kept", 5000));
        volume.as((fs, store) -> TestVolume.file(fs, store, MetaFs.ROOT, "gone", 6000));
        volume.empty("gone");
        assertThat(volume.objects()).isEqualTo(2);

        CommandLineRun dry = leat("gc", volume.url(), "--json");
        assertThat(dry.code()).as(dry.err()).isZero();
        assertThat(volume.objects()).isEqualTo(2);

        // What one run dooms, the next one may delete.
        leat("gc", volume.url(), "--delete");
        CommandLineRun second = leat("gc", volume.url(), "--delete", "--json");
        assertThat(second.code()).as(second.err()).isZero();
        assertThat(second.json()).containsEntry("failures", 0L).containsEntry("foreignObjects", 0L);
        assertThat(volume.objects()).isEqualTo(1);
    }

    @Test
    void garbageIsLeftAloneInAStoreOfAnotherIncarnation() throws Exception {
        TestVolume volume = TestVolume.format(folder);
        Path marker = volume.store().resolve(volume.record().uuid().toString()).resolve("leat-volume");
        Files.writeString(
                marker, Files.readString(marker).replaceAll("incarnation .*", "incarnation 0123456789abcdef"));
        CommandLineRun run = leat("gc", volume.url(), "--delete");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("another incarnation").hasLineCount(1);
        assertThat(leat("config", volume.url(), "--take-over").code()).isZero();
        assertThat(leat("gc", volume.url(), "--delete").code()).isZero();
    }

    @Test
    void aLostObjectIsFound() throws Exception {
        TestVolume volume = TestVolume.format(folder);
        volume.as((fs, store) -> TestVolume.file(fs, store, MetaFs.ROOT, "file", 5000));
        CommandLineRun sound = leat("fsck", volume.url(), "--json");
        assertThat(sound.code()).as(sound.err() + sound.out()).isZero();
        assertThat(sound.json()).containsEntry("files", 1L).containsEntry("objects", 1L);
        Path object;
        try (Stream<Path> all =
                Files.walk(volume.store().resolve(volume.record().uuid().toString()))) {
            object = all.filter(path -> Files.isRegularFile(path) && !path.endsWith("leat-volume"))
                    .findFirst()
                    .orElseThrow();
        }
        Files.delete(object);
        CommandLineRun broken = leat("fsck", volume.url());
        assertThat(broken.code()).isEqualTo(1);
        assertThat(broken.out()).contains("BROKEN");
    }

    @Test
    void settingsAreShownAndChanged() throws Exception {
        TestVolume volume = TestVolume.format(folder);
        assertThat(leat("config", volume.url(), "--json").json()).containsEntry("trashDays", 0L);
        CommandLineRun changed = leat("config", volume.url(), "--region", "somewhere", "--json");
        assertThat(changed.code()).as(changed.err()).isZero();
        assertThat(volume.record().storeOptions()).containsEntry("region", "somewhere");
        CommandLineRun longer = leat("config", volume.url(), "--trash-days", "7", "--json");
        assertThat(longer.code()).as(longer.err()).isZero();
        assertThat(longer.json()).containsEntry("trashDays", 7L);
        CommandLineRun negative = leat("config", volume.url(), "--trash-days", "-1");
        assertThat(negative.code()).isEqualTo(2);
        assertThat(negative.err()).contains("--trash-days");

        Path moved = folder.resolve("moved");
        CommandLineRun wrong = leat("config", volume.url(), "--store", "file://" + moved);
        assertThat(wrong.code()).isEqualTo(1);
        Files.move(volume.store(), moved);
        CommandLineRun right = leat("config", volume.url(), "--store", "file://" + moved, "--json");
        assertThat(right.json()).containsEntry("store", "file://" + moved);
    }

    @Test
    void aVolumeIsDestroyedWhenToldTwice() throws Exception {
        TestVolume volume = TestVolume.format(folder);
        volume.as((fs, store) -> TestVolume.file(fs, store, MetaFs.ROOT, "file", 5000));
        Files.writeString(volume.store().resolve("somebody-elses"), "not Leat's");
        CommandLineRun unsure = leat("destroy", volume.url());
        assertThat(unsure.code()).as(unsure.err()).isEqualTo(2);
        assertThat(unsure.err()).contains("--yes");
        assertThat(volume.objects()).isEqualTo(1);

        volume.as((_, _) -> {
            CommandLineRun used = leat("destroy", volume.url(), "--yes");
            assertThat(used.code()).isEqualTo(1);
            assertThat(used.err()).contains("clients use the volume");
            return true;
        });

        CommandLineRun sure = leat("destroy", volume.url(), "--yes");
        assertThat(sure.code()).as(sure.err()).isZero();
        assertThat(volume.database()).doesNotExist();
        assertThat(files(volume.store())).containsExactly("somebody-elses");
        assertThat(leat("destroy", volume.url(), "--yes").code()).isEqualTo(1);
    }

    private static List<String> files(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile)
                    .map(path -> root.relativize(path).toString())
                    .filter(name -> !name.startsWith(".leat-store/"))
                    .toList();
        }
    }
}
