package dev.leat.dataset.registry;

import dev.leat.dataset.manifest.ManifestException;
import dev.leat.dataset.manifest.ManifestReader;
import dev.leat.dataset.manifest.ManifestSummary;
import dev.leat.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The versions of data sets, in a store. Anybody with access to the store may read and write at the same time; there is no
 * server and no lock.
 *
 * <pre>
 * leat-registry.json               says what this is
 * versions/NAME/VERSION.json       a version: written once, never changed but for where its manifest lies
 * tags/NAME/TAG.json               a name for a version, which may be moved
 * pins/NAME/VERSION.json           keeps a version from being removed
 * manifests/DIGEST-RANDOM          a manifest; versions whose manifests are equal may share one
 * doomed/DIGEST-RANDOM             a manifest that somebody is about to delete
 * </pre>
 *
 * <p><b>Sharing and deleting manifests, without clocks.</b> Who deletes one writes its <i>doomed</i> mark first, then looks
 * which versions refer to it, and deletes it only if none does. Who refers to one writes the version first, and then looks
 * whether the manifest is doomed or gone: if so, it writes a manifest of its own. Whichever comes first, one of the two sees the other.
 */
public final class Registry implements AutoCloseable {
    private static final String MARKER = "leat-registry.json";
    private static final String VERSIONS = "versions/";
    private static final String TAGS = "tags/";
    private static final String PINS = "pins/";
    private static final String MANIFESTS = "manifests/";
    private static final String DOOMED = "doomed/";
    private static final String JSON = ".json";
    private static final long FORMAT = 1;

    private final ObjectStore store;
    private final Objects objects;
    private final SecureRandom random = new SecureRandom();

    private Registry(ObjectStore store) {
        this.store = store;
        this.objects = new Objects(store);
    }

    /**
     * Opens one that is there.
     *
     * @param store where it lies; closed with it
     * @throws RegistryException if there is none
     */
    public static Registry open(ObjectStore store) throws IOException {
        Registry registry = new Registry(store);
        if (!registry.isThere()) {
            throw new RegistryException("there is no registry in " + store.location()
                    + "; 'leat dataset seal' makes one, or check the address");
        }
        return registry;
    }

    /** Opens one, or makes it. */
    public static Registry create(ObjectStore store) throws IOException {
        Registry registry = new Registry(store);
        if (!registry.isThere()) {
            registry.objects.create(MARKER, RecordText.write(Map.of("format", FORMAT)));
        }
        return registry;
    }

    private boolean isThere() throws IOException {
        byte[] marker = objects.read(MARKER);
        if (marker == null) {
            return false;
        }
        try {
            if (!Long.valueOf(FORMAT).equals(RecordText.read(marker).get("format"))) {
                throw new RegistryException(
                        "the registry in " + location() + " is of a form that needs a newer version of Leat");
            }
        } catch (IllegalArgumentException e) {
            throw new RegistryException(MARKER + " in " + location() + " is damaged: " + e.getMessage());
        }
        return true;
    }

    /** Where it lies. */
    public String location() {
        return store.location();
    }

    // Versions.

    private static String versionKey(String name, String version) {
        return VERSIONS + name + "/" + version + JSON;
    }

    private static String tagKey(String name, String tag) {
        return TAGS + name + "/" + tag + JSON;
    }

    private static String pinKey(VersionRef version) {
        return PINS + version.name() + "/" + version.version() + JSON;
    }

    private @Nullable VersionRecord record(String name, String version) throws IOException {
        byte[] bytes = objects.read(versionKey(name, version));
        return bytes == null ? null : parsed(versionKey(name, version), bytes);
    }

    private VersionRecord parsed(String key, byte[] bytes) throws RegistryException {
        VersionRecord record;
        try {
            record = VersionRecord.of(RecordText.read(bytes));
        } catch (IllegalArgumentException e) {
            throw new RegistryException(key + " in " + location() + " is damaged: " + e.getMessage()
                    + "; seal the version again under another name");
        }
        if (!versionKey(record.name(), record.version()).equals(key)) {
            throw new RegistryException(key + " in " + location() + " is damaged: it is that of " + record.ref());
        }
        return record;
    }

    /**
     * The version of a name: of that name, with that tag, or with that digest.
     *
     * @throws RegistryException if there is none
     */
    public VersionRecord find(VersionRef ref) throws IOException {
        if (ref.isDigest()) {
            for (VersionRecord each : versions(ref.name())) {
                if (each.summary().tree().toString().equals(ref.version())) {
                    return each;
                }
            }
            throw missing(ref);
        }
        VersionRecord record = record(ref.name(), ref.version());
        if (record != null) {
            return record;
        }
        String tagged = tagged(ref.name(), ref.version());
        record = tagged == null ? null : record(ref.name(), tagged);
        if (record == null) {
            throw tagged == null
                    ? missing(ref)
                    : new RegistryException("the tag " + ref + " is that of version " + tagged + ", which is gone from "
                            + location() + "; move or delete the tag");
        }
        return record;
    }

    private RegistryException missing(VersionRef ref) {
        return new RegistryException("there is no version or tag " + ref + " in " + location()
                + "; 'leat dataset ls --registry URL' lists what is there");
    }

    /** All versions of one data set, or of all; in the order of their names. */
    public List<VersionRecord> versions(@Nullable String name) throws IOException {
        List<String> keys = objects.keys(name == null ? VERSIONS : VERSIONS + name + "/");
        List<VersionRecord> records = new ArrayList<>(keys.size());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<@Nullable VersionRecord>> reading = new ArrayList<>(keys.size());
            for (String key : keys) {
                reading.add(threads.submit(() -> {
                    byte[] bytes = objects.read(key);
                    return bytes == null ? null : parsed(key, bytes);
                }));
            }
            for (Future<@Nullable VersionRecord> each : reading) {
                VersionRecord record = each.get();
                if (record != null) {
                    records.add(record);
                }
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return records;
    }

    /**
     * Puts a version into the registry, with its manifest unless one that is there already can be shared.
     *
     * @param record what to say of it; its manifest's key is chosen here
     * @param manifest the manifest as a file
     * @return what is in the registry now: {@code record}, or a version of that name with the same tree that was there before
     * @throws RegistryException if there is another version of that name
     */
    public VersionRecord put(VersionRecord record, Path manifest) throws IOException {
        if (objects.exists(tagKey(record.name(), record.version()))) {
            throw new RegistryException(record.ref() + " is a tag in " + location() + "; choose another version");
        }
        VersionRecord there = record(record.name(), record.version());
        if (there != null) {
            return same(record, there);
        }
        VersionRecord placed = record.at(shared(record.summary()));
        if (placed.manifestKey().isEmpty()) {
            placed = record.at(upload(record.summary(), manifest));
        }
        String key = versionKey(record.name(), record.version());
        if (!objects.create(key, RecordText.write(placed.facts()))) {
            there = record(record.name(), record.version());
            // A lost answer to our own request looks like somebody else's.
            if (there == null || !there.equals(placed)) {
                return same(record, there == null ? placed : there);
            }
        }
        if (objects.exists(doomed(placed.manifestKey())) || !objects.exists(placed.manifestKey())) {
            placed = record.at(upload(record.summary(), manifest));
            objects.write(key, RecordText.write(placed.facts()));
        }
        return placed;
    }

    private VersionRecord same(VersionRecord record, VersionRecord there) throws RegistryException {
        if (there.summary().tree().equals(record.summary().tree())) {
            return there;
        }
        throw new RegistryException(record.ref() + " is in " + location() + " already, with another tree ("
                + there.summary().tree() + "), and a version never changes; choose another version");
    }

    /** The key of a manifest with that content that a version refers to; empty if there is none. */
    private String shared(ManifestSummary summary) throws IOException {
        for (VersionRecord each : versions(null)) {
            if (each.summary().manifest().equals(summary.manifest()) && objects.exists(each.manifestKey())) {
                return each.manifestKey();
            }
        }
        return "";
    }

    private String upload(ManifestSummary summary, Path manifest) throws IOException {
        byte[] salt = new byte[8];
        random.nextBytes(salt);
        String key = MANIFESTS + summary.manifest().hex() + "-" + HexFormat.of().formatHex(salt);
        objects.upload(key, manifest);
        return key;
    }

    private static String doomed(String manifestKey) {
        return DOOMED + manifestKey.substring(manifestKey.lastIndexOf('/') + 1);
    }

    /** What reads the entries of a version; what came of them counts when {@link #check} has been passed. */
    public InputStream manifest(VersionRecord version) throws IOException {
        String key = version.manifestKey();
        InputStream stream = key.startsWith(MANIFESTS) ? objects.stream(key) : null;
        if (stream == null) {
            throw new RegistryException("the manifest of " + version.ref() + " is missing in " + location() + " (" + key
                    + "); seal the version again under another name");
        }
        return stream;
    }

    /** A manifest of this version cannot be used; what to tell. */
    public RegistryException damaged(VersionRecord version, ManifestException why) {
        return new RegistryException("the manifest of " + version.ref() + " in " + location()
                + " is damaged or forged: " + why.getMessage() + "; seal the version again under another name");
    }

    /**
     * Makes sure that a manifest which was read to its end is the version's.
     *
     * @throws ManifestException if it is not
     */
    public static void check(VersionRecord version, ManifestReader read) throws ManifestException {
        if (!read.summary().equals(version.summary())) {
            throw new ManifestException("its digest is " + read.summary().tree() + " with manifest "
                    + read.summary().manifest() + ", the version's are "
                    + version.summary().tree() + " and "
                    + version.summary().manifest());
        }
    }

    // Tags and pins.

    private @Nullable String tagged(String name, String tag) throws IOException {
        byte[] bytes = objects.read(tagKey(name, tag));
        if (bytes == null) {
            return null;
        }
        try {
            if (RecordText.read(bytes).get("version") instanceof String version) {
                return VersionRef.word("version", version);
            }
        } catch (IllegalArgumentException e) {
            throw new RegistryException(tagKey(name, tag) + " in " + location() + " is damaged: " + e.getMessage());
        }
        throw new RegistryException(tagKey(name, tag) + " in " + location() + " is damaged: it names no version");
    }

    /** The tags of a data set and the versions that have them. */
    public Map<String, String> tags(String name) throws IOException {
        Map<String, String> tags = new TreeMap<>();
        String prefix = TAGS + name + "/";
        for (String key : objects.keys(prefix)) {
            String tag = key.substring(prefix.length(), key.length() - JSON.length());
            String version = tagged(name, tag);
            if (version != null) {
                tags.put(tag, version);
            }
        }
        return tags;
    }

    /** Gives a version a tag, taking it from the one that had it. */
    public void tag(VersionRecord version, String tag) throws IOException {
        VersionRef.word("tag", tag);
        if (objects.exists(versionKey(version.name(), tag))) {
            throw new RegistryException(
                    version.name() + "@" + tag + " is a version in " + location() + "; choose another tag");
        }
        objects.write(tagKey(version.name(), tag), RecordText.write(Map.of("version", version.version())));
    }

    /** Deletes a tag. */
    public void untag(String name, String tag) throws IOException {
        if (!objects.exists(tagKey(name, tag))) {
            throw new RegistryException("there is no tag " + name + "@" + tag + " in " + location());
        }
        objects.delete(tagKey(name, tag));
    }

    /** Keeps a version from being removed, or no longer. */
    public void pin(VersionRecord version, boolean pinned) throws IOException {
        if (pinned) {
            objects.write(pinKey(version.ref()), RecordText.write(Map.of("version", version.version())));
        } else {
            objects.delete(pinKey(version.ref()));
        }
    }

    /** Whether a version is kept from being removed. */
    public boolean isPinned(VersionRecord version) throws IOException {
        return objects.exists(pinKey(version.ref()));
    }

    // Removal.

    /**
     * Removes a version, and its manifest if no other one shares it.
     *
     * @param force whether also if it is pinned or tagged; its pin and tags go with it
     * @return whether the manifest went too
     */
    public boolean remove(VersionRecord version, boolean force) throws IOException {
        List<String> tags = new ArrayList<>();
        tags(version.name()).forEach((tag, of) -> {
            if (of.equals(version.version())) {
                tags.add(tag);
            }
        });
        boolean pinned = isPinned(version);
        if (!force && (pinned || !tags.isEmpty())) {
            throw new RegistryException(version.ref() + " is "
                    + (pinned ? "pinned" : "tagged " + String.join(", ", tags))
                    + "; take that away first, or give --force");
        }
        for (String tag : tags) {
            objects.delete(tagKey(version.name(), tag));
        }
        if (pinned) {
            pin(version, false);
        }
        String manifest = version.manifestKey();
        objects.write(doomed(manifest), new byte[] {'\n'});
        objects.delete(versionKey(version.name(), version.version()));
        boolean shared = references().contains(manifest);
        if (!shared) {
            objects.delete(manifest);
        }
        objects.delete(doomed(manifest));
        return !shared;
    }

    private Set<String> references() throws IOException {
        Set<String> keys = new HashSet<>();
        for (VersionRecord each : versions(null)) {
            keys.add(each.manifestKey());
        }
        return keys;
    }

    /**
     * Finds manifests that no version refers to, which interrupted commands leave behind. Safe while others seal.
     *
     * @param delete whether to delete them, or only to count
     * @return their keys
     */
    public List<String> garbage(boolean delete) throws IOException {
        Set<String> used = references();
        List<String> garbage = new ArrayList<>();
        for (String key : objects.keys(MANIFESTS)) {
            if (!used.contains(key)) {
                garbage.add(key);
            }
        }
        if (!delete) {
            return garbage;
        }
        for (String key : garbage) {
            objects.write(doomed(key), new byte[] {'\n'});
        }
        Set<String> still = references();
        List<String> deleted = new ArrayList<>();
        for (String key : garbage) {
            if (!still.contains(key)) {
                objects.delete(key);
                deleted.add(key);
            }
            objects.delete(doomed(key));
        }
        return deleted;
    }

    @Override
    public void close() {
        store.close();
    }
}
