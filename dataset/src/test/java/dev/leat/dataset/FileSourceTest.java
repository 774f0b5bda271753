package dev.leat.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.store.StoreException;
import dev.leat.store.StoreOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mounted directories. */
class FileSourceTest extends SourceContract {
    @TempDir
    private Path folder;

    @Override
    protected Source open() throws Exception {
        return Sources.open(SourceUrl.parse("file://" + folder), StoreOptions.DEFAULT, "test", null);
    }

    @Override
    protected void put(String path, byte[] bytes) throws IOException {
        new FolderTree(folder).put(path, bytes);
    }

    @Override
    protected void remove(String path) throws IOException {
        new FolderTree(folder).remove(path);
    }

    @Test
    void linksAreShownAndNotFollowed(@TempDir Path outside) throws Exception {
        Files.writeString(outside.resolve("secret"), "secret");
        put("d/f", bytes(10, 1));
        Files.createSymbolicLink(folder.resolve("inside"), Path.of("d/f"));
        Files.createSymbolicLink(folder.resolve("out"), outside);
        Files.createSymbolicLink(folder.resolve("file"), outside.resolve("secret"));
        try (Source source = open()) {
            Map<String, Facts> listed = new HashMap<>();
            source.list("", entry -> listed.put(entry.name(), entry.facts()) == null);
            assertThat(listed).containsOnlyKeys("d", "inside", "out", "file");
            assertThat(listed.get("inside"))
                    .isNotNull()
                    .satisfies(facts -> assertThat(facts.kind()).isEqualTo(EntryKind.LINK));
            assertThat(source.facts("inside").target()).isEqualTo("d/f");
            assertThat(source.facts("out").target()).isEqualTo(outside.toString());
            assertThatThrownBy(() -> source.facts("out/secret"))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.NOT_FOUND));
            assertThatThrownBy(() -> source.list("out", _ -> true)).isInstanceOf(StoreException.class);
            // Swapped after it was looked at: what is read is what was looked at, or nothing.
            Facts facts = source.facts("d/f");
            Files.move(folder.resolve("d"), folder.resolve("d.old"));
            Files.createSymbolicLink(folder.resolve("d"), outside);
            Files.write(outside.resolve("f"), bytes(10, 2));
            assertThatThrownBy(() -> source.read("d/f", facts, 0, ByteBuffer.allocateDirect(10)))
                    .isInstanceOf(StoreException.class);
        }
    }

    @Test
    void pipesAreLeftOut() throws Exception {
        put("f", bytes(1, 1));
        assertThat(new ProcessBuilder("mkfifo", folder.resolve("pipe").toString())
                        .start()
                        .waitFor())
                .isZero();
        try (Source source = open()) {
            Map<String, SourceEntry> listed = new HashMap<>();
            source.list("", entry -> listed.put(entry.name(), entry) == null);
            assertThat(listed).containsOnlyKeys("f");
            assertThatThrownBy(() -> source.facts("pipe")).isInstanceOf(StoreException.class);
        }
    }

    @Test
    void aMissingDirectoryIsRefusedAtOnce() {
        assertThatThrownBy(() -> Sources.open(
                        SourceUrl.parse("file://" + folder.resolve("none")), StoreOptions.DEFAULT, "test", null))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("there is no directory");
    }
}
