package dev.leat.dataset.registry;

import dev.leat.store.ObjectStore;
import dev.leat.store.StoreOptions;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** In a directory. */
class FileRegistryTest extends RegistryContract {
    @TempDir
    private Path place;

    @Override
    ObjectStore store() throws Exception {
        return Stores.open(StoreUrl.parse("file://" + place), StoreOptions.DEFAULT)
                .store();
    }
}
