package dev.leat.cli.mount;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.store.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds out once for each source whether its bytes can be read, and not only its names: the first byte of the first file that is found is
 * read. A source that has shown it once is taken to be fine; what goes wrong later is told by its own answers.
 */
public final class SourceReads {
    /** A tree that has no file in as many directories is taken as it is. */
    private static final int DIRECTORIES_MAX = 32;

    private final Set<Source> fine = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    /** Why nothing can be read; null if something could. */
    public @Nullable String problem(Source source) {
        if (fine.contains(source)) {
            return null;
        }
        try {
            readOne(source);
            fine.add(source);
            return null;
        } catch (StoreException e) {
            return source.location() + " cannot be read: " + e.getMessage();
        }
    }

    private static void readOne(Source source) throws StoreException {
        Deque<String> waiting = new ArrayDeque<>(List.of(""));
        for (int i = 0; i < DIRECTORIES_MAX && !waiting.isEmpty(); i++) {
            String directory = waiting.pop();
            List<String> files = new ArrayList<>();
            List<String> below = new ArrayList<>();
            source.list(directory, entry -> {
                String path = directory.isEmpty() ? entry.name() : directory + "/" + entry.name();
                if (entry.facts().kind() == EntryKind.FILE && entry.facts().sizeBytes() != 0) {
                    files.add(path);
                } else if (entry.facts().kind() == EntryKind.DIRECTORY && below.size() < DIRECTORIES_MAX) {
                    below.add(path);
                }
                return files.isEmpty();
            });
            if (!files.isEmpty()) {
                Facts facts = source.facts(files.getFirst());
                if (facts.sizeBytes() > 0) {
                    source.read(files.getFirst(), facts, 0, ByteBuffer.allocateDirect(1));
                }
                return;
            }
            below.reversed().forEach(waiting::push);
        }
    }
}
