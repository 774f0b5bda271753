package dev.leat.meta.content;

import dev.leat.meta.engine.Stamp;
import dev.leat.meta.fs.ContentVersion;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.session.CommitInDoubtException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Publications whose commit may have taken effect although it was answered with an error. They are tried again, and a record that carries
 * the stamp of the earlier try holds their edits already: what was appended then must not be appended once more.
 */
final class Attempts {
    /** Files remembered, about 1 MiB; a file is published again within seconds or minutes. */
    private static final int FILES_MAX = 10_000;

    private record Attempt(ContentVersion base, Stamp result) {}

    private final Map<Long, Attempt> attempts = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Attempt> eldest) {
            return size() > FILES_MAX;
        }
    };

    /** Notes the changes of a commit that failed, if it may yet have taken effect. */
    synchronized void failed(FsException e, List<Change> changes) {
        Stamp result = CommitInDoubtException.stampOf(e);
        if (result == null) {
            return;
        }
        for (Change change : changes) {
            ContentVersion base = change.base();
            if (base != null) {
                attempts.put(change.ino(), new Attempt(base, result));
            }
        }
    }

    /** What an earlier try of edits made on this content wrote, if it took effect; null if there was none. */
    synchronized @Nullable Stamp resultOf(long ino, @Nullable ContentVersion base) {
        Attempt attempt = attempts.get(ino);
        return attempt != null && attempt.base.equals(base) ? attempt.result : null;
    }
}
