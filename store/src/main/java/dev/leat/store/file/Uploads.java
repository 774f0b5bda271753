package dev.leat.store.file;

import dev.leat.store.Keys;
import dev.leat.store.PendingUpload;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/** The folder of uploads that are neither completed nor aborted: one folder each, with the key in a file. */
final class Uploads {
    private static final String KEY = "key";
    private static final Pattern ID = Pattern.compile("[0-9a-f-]{36}");

    private final Path directory;
    private final Staging staging;

    Uploads(Path directory, Staging staging) {
        this.directory = directory;
        this.staging = staging;
    }

    /** Starts an upload; it is pending from now on, with its key. */
    String begin(String key) throws IOException {
        Path folder = staging.fresh();
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(KEY), key);
            String id = UUID.randomUUID().toString();
            try {
                Files.move(folder, folder(id), StandardCopyOption.ATOMIC_MOVE);
            } catch (NoSuchFileException e) {
                createDirectory();
                Files.move(folder, folder(id), StandardCopyOption.ATOMIC_MOVE);
            }
            return id;
        } catch (IOException e) {
            Staging.discard(folder);
            throw e;
        }
    }

    private void createDirectory() throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            // Another upload was first.
        }
    }

    /** Where an upload's parts lie. */
    Path folder(String id) {
        return directory.resolve(id);
    }

    /** The pending uploads of keys with a prefix, in order of key, at most {@code limit}. */
    List<PendingUpload> list(String prefix, int limit) throws IOException {
        staging.sweep();
        List<PendingUpload> found = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return found;
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(directory)) {
            for (Path folder : folders) {
                try {
                    String key = Files.readString(folder.resolve(KEY));
                    if (key.startsWith(prefix)) {
                        found.add(new PendingUpload(key, String.valueOf(folder.getFileName())));
                    }
                } catch (NoSuchFileException e) {
                    // Ended since the folder was read.
                }
            }
        }
        found.sort(Comparator.comparing(PendingUpload::key, Keys.ORDER).thenComparing(PendingUpload::id));
        return List.copyOf(found.subList(0, Math.min(limit, found.size())));
    }

    /**
     * Removes an ended upload and frees its bytes. Parts that are just being written go nowhere.
     *
     * <p>The folder leaves in one step: emptied where it lies, a kill could leave bytes without the key to list them by.
     */
    void remove(String id) throws IOException {
        if (!ID.matcher(id).matches()) {
            return;
        }
        Path rubbish = staging.fresh();
        try {
            Files.move(folder(id), rubbish, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return;
        }
        Staging.discard(rubbish);
    }

    /** As {@link #remove}, for an upload whose object has its name already: what stays behind is no failure. */
    void discard(String id) {
        try {
            remove(id);
        } catch (IOException e) {
            Staging.discard(folder(id));
        }
    }
}
