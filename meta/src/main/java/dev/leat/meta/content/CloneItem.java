package dev.leat.meta.content;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.Name;
import dev.leat.meta.record.FileRecord;
import dev.leat.store.BlobId;
import java.util.List;
import java.util.Map;

/**
 * One file of a tree that is being cloned, ready to be committed.
 *
 * @param name its name
 * @param file its new record
 * @param present keys that must be there
 * @param writes everything but the count of its directory
 * @param deltas what it refers to
 */
record CloneItem(Name name, FileRecord file, List<Key> present, List<Write> writes, Map<BlobId, Long> deltas) {}
