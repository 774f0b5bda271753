package dev.leat.cli.command;

import static dev.leat.cli.command.CommandLineRun.leat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code trash} and {@code restore} on a volume that is not mounted. */
final class TrashCommandsTest {
    @TempDir
    private Path folder = Path.of("");

    private static void unlink(TestVolume volume, String name) throws Exception {
        volume.as((fs, _) -> {
            fs.unlink(MetaFs.ROOT, Name.of(name), Caller.ROOT);
            return true;
        });
    }

    private TestVolume volume() throws Exception {
        TestVolume volume = TestVolume.format(folder, "--trash-days", "1");
        volume.as((fs, store) -> TestVolume.file(fs, store, MetaFs.ROOT, "a", 5000));
        volume.as((fs, store) -> TestVolume.file(fs, store, MetaFs.ROOT, "b", 6000));
        unlink(volume, "a");
        unlink(volume, "b");
        return volume;
    }

    @Test
    void whatWasRemovedIsListedAndPutBack() throws Exception {
        TestVolume volume = volume();
        CommandLineRun listed = leat("trash", "list", volume.url(), "--json");
        assertThat(listed.code()).as(listed.err()).isZero();
        assertThat(listed.json()).containsEntry("trashDays", 1L).containsEntry("entries", 2L);
        // In one bucket, or in two when an hour began between the removals.
        assertThat(String.valueOf(listed.json().get("buckets"))).containsPattern("files=2|files=1.*files=1");

        CommandLineRun told = leat("restore", volume.url());
        assertThat(told.code()).as(told.err()).isZero();
        assertThat(told.out()).contains("/a", "/b", "2 files").contains("--put-back");
        assertThat(leat("trash", "list", volume.url(), "--json").json()).containsEntry("entries", 2L);

        volume.as((fs, store) -> TestVolume.file(fs, store, MetaFs.ROOT, "b", 7));
        CommandLineRun done = leat("restore", volume.url(), "--put-back", "--json");
        assertThat(done.code()).isEqualTo(1);
        assertThat(done.err()).contains("1 could not be put back");
        assertThat(done.json())
                .containsEntry("files", 1L)
                .containsEntry("bytes", 5000L)
                .containsEntry("kept", 1L);
        assertThat(String.valueOf(done.json().get("items")))
                .contains("path=/b,")
                .doesNotContain("path=/a,");
        long size =
                volume.as((fs, _) -> fs.lookup(MetaFs.ROOT, Name.of("a")).attr().sizeBytes());
        assertThat(size).isEqualTo(5000);
    }

    @Test
    void whatIsDeletedForGoodGivesItsRoomBack() throws Exception {
        TestVolume volume = volume();
        assertThat(leat("gc", volume.url(), "--delete").code()).isZero();
        assertThat(leat("gc", volume.url(), "--delete").code()).isZero();
        assertThat(volume.objects()).isEqualTo(2);
        CommandLineRun young = leat("trash", "empty", "--older-than", "1h", volume.url(), "--json");
        assertThat(young.json()).containsEntry("removed", 0L);
        CommandLineRun all = leat("trash", "empty", volume.url());
        assertThat(all.out()).contains("deleted 2");
        assertThat(leat("gc", volume.url(), "--delete").code()).isZero();
        assertThat(leat("gc", volume.url(), "--delete").code()).isZero();
        assertThat(volume.objects()).isZero();
        CommandLineRun sound = leat("fsck", volume.url());
        assertThat(sound.code()).as(sound.out()).isZero();
    }

    @Test
    void aDumpCarriesTheTrash() throws Exception {
        TestVolume volume = volume();
        Path dump = folder.resolve("dump");
        assertThat(leat("dump", volume.url(), dump.toString()).code()).isZero();
        String copy = "sqlite://" + folder.resolve("copy.db");
        CommandLineRun loaded = leat("load", copy, dump.toString());
        assertThat(loaded.code()).as(loaded.err()).isZero();
        assertThat(leat("trash", "list", copy, "--json").json()).containsEntry("entries", 2L);
        assertThat(leat("restore", copy, "--put-back").out()).contains("2 files");
    }

    @Test
    void misuseIsToldInOneLine() throws Exception {
        TestVolume volume = TestVolume.format(folder);
        assertThat(leat("trash", "list", volume.url(), "--older-than", "1h").code())
                .isEqualTo(2);
        assertThat(leat("trash", "empty", volume.url(), "--older-than", "soon").code())
                .isEqualTo(2);
        assertThat(leat("restore", volume.url(), "yesterday").code()).isEqualTo(2);
        CommandLineRun none = leat("restore", volume.url(), "2020-01-01-00");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).contains("2020-01-01-00").hasLineCount(1);
        CommandLineRun nothing = leat("trash", "list", folder.toString());
        assertThat(nothing.code()).isEqualTo(1);
        assertThat(nothing.err()).contains("nothing of Leat's is mounted").hasLineCount(1);
        assertThat(leat(
                                "format",
                                "sqlite://" + folder.resolve("x.db"),
                                "--store",
                                "file://" + folder.resolve("x"),
                                "--trash-days",
                                "-1")
                        .code())
                .isEqualTo(2);
    }
}
