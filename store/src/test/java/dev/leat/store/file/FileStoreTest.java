package dev.leat.store.file;

import dev.leat.store.ObjectStore;
import dev.leat.store.ObjectStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The contract, on a directory. */
final class FileStoreTest extends ObjectStoreContract {
    @TempDir
    private Path directory;

    @Override
    protected ObjectStore open(String space) throws Exception {
        return FileStore.create(directory.resolve(space));
    }

    @Override
    protected boolean longParts() {
        return false;
    }
}
