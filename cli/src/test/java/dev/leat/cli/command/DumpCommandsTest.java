package dev.leat.cli.command;

import static dev.leat.cli.command.CommandLineRun.leat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.volume.MetaBackups;
import dev.leat.cli.volume.OpenVolume;
import dev.leat.cli.volume.VolumeBlobs;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code dump} and {@code load}, with files, pipes and backups in the store. */
final class DumpCommandsTest {
    @TempDir
    private Path folder = Path.of("");

    private TestVolume filled() throws IOException {
        TestVolume volume = TestVolume.format(folder);
        volume.as((fs, store) -> TestVolume.file(fs, store, MetaFs.ROOT, "file", 5000));
        return volume;
    }

    private String second() {
        return "sqlite://" + folder.resolve("second.db");
    }

    /** Reads the file's bytes by way of another volume's metadata. */
    private static void requireContent(String url) throws IOException {
        try (OpenVolume volume = OpenVolume.open(url, new StoreFlags());
                MetaFs fs = volume.join("test")) {
            long ino = fs.lookup(MetaFs.ROOT, Name.of("file")).ino();
            FileView view = fs.view(ino);
            List<Extent> extents = fs.extents(view, 0, 5000);
            ByteBuffer bytes = ByteBuffer.allocate(5000);
            volume.store().get(fs.blobKey(extents.getFirst().blob()), 0, bytes, null);
            byte[] expected = new byte[5000];
            Arrays.fill(expected, (byte) 5000);
            assertThat(bytes.array()).isEqualTo(expected);
        }
    }

    @Test
    void aDumpGoesThroughAFile() throws Exception {
        TestVolume volume = filled();
        Path file = folder.resolve("v.dump");
        CommandLineRun dump = leat("dump", volume.url(), file.toString());
        assertThat(dump.code()).as(dump.err()).isZero();
        assertThat(leat("dump", volume.url(), file.toString()).err())
                .contains("--force")
                .hasLineCount(1);
        assertThat(leat("dump", volume.url(), file.toString(), "--force").code())
                .isZero();

        CommandLineRun load = leat("load", second(), file.toString());
        assertThat(load.code()).as(load.err()).isZero();
        assertThat(load.out()).contains("--take-over");
        requireContent(second());
        // Two volumes share the objects now: the copy must not collect what the first one still uses.
        assertThat(leat("gc", second(), "--delete").code()).isEqualTo(1);
        CommandLineRun check = leat("fsck", second());
        assertThat(check.code()).as(check.err() + check.out()).isZero();
        assertThat(leat("config", second(), "--take-over").code()).isZero();
        assertThat(leat("gc", second(), "--delete").code()).isZero();
        assertThat(leat("gc", volume.url(), "--delete").err()).contains("another incarnation");
        assertThat(leat("load", second(), file.toString()).code()).isEqualTo(1);
    }

    @Test
    void aDumpGoesThroughAPipe() throws Exception {
        TestVolume volume = filled();
        CommandLineRun dump = leat("dump", volume.url(), "-");
        assertThat(dump.code()).as(dump.err()).isZero();
        byte[] cut = Arrays.copyOf(dump.outBytes(), dump.outBytes().length - 3);
        CommandLineRun bad = leat(new ByteArrayInputStream(cut), "load", second(), "-");
        assertThat(bad.code()).isEqualTo(1);
        assertThat(bad.err()).contains("damaged").hasLineCount(1);
        assertThat(folder.resolve("second.db")).doesNotExist();
        CommandLineRun load = leat(new ByteArrayInputStream(dump.outBytes()), "load", second(), "-", "--take-over");
        assertThat(load.code()).as(load.err()).isZero();
        requireContent(second());
    }

    @Test
    void aLostDatabaseComesBackFromTheStore() throws Exception {
        TestVolume volume = filled();
        Instant noon = Instant.parse("2026-11-20T12:00:00Z");
        try (OpenVolume open = OpenVolume.open(volume.url(), new StoreFlags())) {
            MetaBackups backups = new MetaBackups(open.store(), open.record().uuid());
            backups.make(open.engine(), noon);
            assertThat(backups.list()).hasSize(1);
        }
        volume.as((fs, store) -> TestVolume.file(fs, store, MetaFs.ROOT, "later", 6000));
        try (OpenVolume open = OpenVolume.open(volume.url(), new StoreFlags())) {
            new MetaBackups(open.store(), open.record().uuid()).make(open.engine(), noon.plusSeconds(7200));
        }
        Files.delete(volume.database());

        CommandLineRun last = leat("load", second(), "--from-store", volume.storeUrl(), "--take-over");
        assertThat(last.code()).as(last.err()).isZero();
        requireContent(second());
        String third = "sqlite://" + folder.resolve("third.db");
        CommandLineRun early = leat("load", third, "--from-store", volume.storeUrl(), "--at", "2026-11-20T13:00:00Z");
        assertThat(early.code()).as(early.err()).isZero();
        assertThat(early.err()).contains("2026-11-20T12:00:00Z");
        requireContent(third);
        assertThat(leat(
                                "load",
                                "sqlite://" + folder.resolve("no.db"),
                                "--from-store",
                                volume.storeUrl(),
                                "--at",
                                "2026-11-19T00:00:00Z")
                        .err())
                .contains("there is no backup");
        CommandLineRun gc = leat("gc", second(), "--json");
        assertThat(gc.json()).containsEntry("foreignObjects", 0L).containsEntry("strayObjects", 0L);
    }

    @Test
    void backupsOfAnEncryptedVolumeAreSealedUnderTheMasterKeyOfTheirTime() throws Exception {
        Path words = Files.writeString(folder.resolve("words"), "correct horse\n");
        Path next = Files.writeString(folder.resolve("next"), "battery staple\n");
        TestVolume volume =
                TestVolume.format(folder, "--name", "millpond", "--encrypt-passphrase-file", words.toString());
        StoreFlags flags = CommandLine.populateCommand(new StoreFlags(), "--encrypt-passphrase-file", words.toString());
        Instant noon = Instant.parse("2026-11-20T12:00:00Z");
        try (OpenVolume open = OpenVolume.open(volume.url(), flags)) {
            MetaBackups backups = new MetaBackups(
                    open.store(), open.record().uuid(), VolumeBlobs.unlock(open.record(), flags.keys()));
            backups.make(open.engine(), noon);
            CommandLineRun rotate = leat(
                    "config",
                    volume.url(),
                    "--rotate-key",
                    "--encrypt-passphrase-file",
                    words.toString(),
                    "--new-encrypt-passphrase-file",
                    next.toString());
            assertThat(rotate.code()).as(rotate.err()).isZero();
            // By a mount that opened the volume before the rotation.
            MetaBackups.Backup later = backups.make(open.engine(), noon.plusSeconds(7200));
            byte[] object = Files.readAllBytes(volume.store().resolve(later.key()));
            assertThat(new String(object, StandardCharsets.ISO_8859_1))
                    .startsWith("leat sealed dump 1\npbkdf2-sha256:")
                    .doesNotContain("millpond");
        }
        Files.delete(volume.database());
        CommandLineRun without = leat("load", second(), "--from-store", volume.storeUrl());
        assertThat(without.code()).isEqualTo(1);
        assertThat(without.err()).contains("is encrypted under a passphrase").hasLineCount(1);
        CommandLineRun wrong = leat(
                "load", second(), "--from-store", volume.storeUrl(), "--encrypt-passphrase-file", words.toString());
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.err()).contains("is not the one").hasLineCount(1);
        assertThat(folder.resolve("second.db")).doesNotExist();
        CommandLineRun load =
                leat("load", second(), "--from-store", volume.storeUrl(), "--encrypt-passphrase-file", next.toString());
        assertThat(load.code()).as(load.err()).isZero();
        assertThat(leat("status", second(), "--json").json())
                .containsEntry("volume", "millpond")
                .containsEntry("encryption", "aes256gcm under a passphrase");
        String third = "sqlite://" + folder.resolve("third.db");
        CommandLineRun early = leat(
                "load",
                third,
                "--from-store",
                volume.storeUrl(),
                "--at",
                "2026-11-20T13:00:00Z",
                "--encrypt-passphrase-file",
                words.toString());
        assertThat(early.code()).as(early.err()).isZero();
    }

    @Test
    void backupsAreThinnedByHourDayAndWeek() throws Exception {
        TestVolume volume = TestVolume.format(folder);
        try (OpenVolume open = OpenVolume.open(volume.url(), new StoreFlags())) {
            MetaBackups backups = new MetaBackups(open.store(), open.record().uuid());
            Instant begin = Instant.parse("2026-03-02T00:00:00Z");
            for (int hours = 0; hours < 24 * 30; hours += 2) {
                backups.make(open.engine(), begin.plusSeconds(hours * 3600L));
            }
            List<Instant> times =
                    backups.list().stream().map(MetaBackups.Backup::time).toList();
            Instant last = begin.plusSeconds((24 * 30 - 2) * 3600L);
            assertThat(times).contains(last, begin).doesNotContain(begin.plusSeconds(7200));
            // 48 hours of which every second has one are 4 days; then 10 days more, and Mondays before.
            assertThat(times).hasSize(48 + 10 + 3);
        }
    }
}
