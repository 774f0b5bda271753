package dev.leat.store.s3;

import dev.leat.store.Keys;
import dev.leat.store.ListPage;
import dev.leat.store.ObjectInfo;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.ListObjectsRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Pages of keys. A page may take several requests: a folded prefix that the caller has seen comes again at the head of
 * the next page, because the server compares keys, not prefixes, and a page must not be empty while more follows.
 *
 * <p>MinIO needs care. Asked to begin behind a key, its walk stops after a little more than {@code max-keys} objects, and
 * counts those that lie before that key: where {@code train-small/} holds many, a listing that goes on inside {@code
 * train/} ends early or leaves keys out, without a sign. So it is never asked that way. It gets a token like those it
 * gives out itself for listings that go on, which make it walk without such a stop and save what it finds; the token of
 * its answer is kept for the caller's next page, which then comes from what was saved. A listing of many pages hence shows
 * the bucket as of its second page.
 */
final class Listing {
    /** Stands behind the last key in MinIO's tokens and makes it walk on without a limit. */
    private static final String MINIO_WALK_ON = "[minio_cache:v2,return:]";

    /** Listings that go on at a time; one more walks anew for each page. */
    private static final int TOKENS_KEPT = 64;

    /** MinIO forgets a listing a minute after it was last asked to go on, and then walks wrongly again. */
    private static final long TOKEN_AGE_MAX_NS = TimeUnit.SECONDS.toNanos(20);

    private final Connection connection;
    private final Tokens tokens = new Tokens();

    Listing(Connection connection) {
        this.connection = connection;
    }

    /** Where a listing stands, in keys of the bucket. */
    private record Place(
            String prefix,
            @Nullable String delimiter,
            @Nullable String seen) {
        Place after(String entry) {
            return new Place(prefix, delimiter, entry);
        }
    }

    /** MinIO's tokens by the place they lead on from; the oldest go first. */
    private static final class Tokens {
        private final LinkedHashMap<Place, Token> byPlace = new LinkedHashMap<>();

        /** A token and when it came, by the monotonic clock. */
        private record Token(String text, long bornNs) {}

        /** A token for the place: MinIO's own, or one that makes it walk; null at the beginning. */
        synchronized @Nullable String take(Place place) {
            Token token = byPlace.remove(place);
            if (token != null && System.nanoTime() - token.bornNs <= TOKEN_AGE_MAX_NS) {
                return token.text;
            }
            if (place.seen == null) {
                return null;
            }
            byte[] walkOn = (place.seen + MINIO_WALK_ON).getBytes(StandardCharsets.UTF_8);
            return Base64.getEncoder().encodeToString(walkOn);
        }

        synchronized void keep(Place place, String text) {
            byPlace.put(place, new Token(text, System.nanoTime()));
            if (byPlace.size() > TOKENS_KEPT) {
                byPlace.pollFirstEntry();
            }
        }
    }

    /** One answer of the server, of either version of the call. */
    private record Answer(
            List<S3Object> objects,
            List<CommonPrefix> prefixes,
            boolean truncated,
            @Nullable String next) {}

    ListPage page(String prefix, @Nullable String delimiter, @Nullable String after, int limit) throws StoreException {
        if (delimiter != null && !delimiter.equals("/")) {
            throw new StoreException(Kind.INVALID, "cannot fold a listing at '" + delimiter + "': only at '/'");
        }
        boolean past = after != null && Keys.ORDER.compare(after, prefix) > 0 && !after.startsWith(prefix);
        if (past || !beginsKeys(prefix)) {
            return new ListPage(List.of(), List.of(), false);
        }
        boolean minio = connection.dialect().isMinio();
        // MinIO wants a marker that begins with the prefix; one before it says nothing
        String seen = after == null || !after.startsWith(prefix) ? null : connection.inBucket(after);
        Place place = new Place(connection.inBucket(prefix), delimiter, seen);
        // asked for a single key MinIO looks only whether the prefix itself is one
        int askFor = minio ? Math.max(2, limit) : limit;
        Entries entries = new Entries(after, limit);
        String token = minio ? tokens.take(place) : null;
        while (true) {
            Answer answer = ask(place, token, askFor);
            collect(answer, entries);
            token = answer.next();
            if (entries.overflow || !answer.truncated()) {
                return entries.page(entries.overflow);
            }
            if (!entries.isEmpty()) {
                if (minio && token != null) {
                    tokens.keep(place.after(connection.inBucket(entries.last())), token);
                }
                return entries.page(true);
            }
        }
    }

    /** Whether a key can begin so; servers differ in what they make of a prefix that no key has. */
    private static boolean beginsKeys(String prefix) {
        String parts = "/" + prefix;
        return !parts.contains("//")
                && !parts.contains("/./")
                && !parts.contains("/../")
                && parts.getBytes(StandardCharsets.UTF_8).length <= Keys.KEY_BYTES_MAX + 1;
    }

    private void collect(Answer answer, Entries entries) {
        int cut = connection.options().prefix().length();
        List<CommonPrefix> prefixes = answer.prefixes();
        int next = 0;
        for (S3Object object : answer.objects()) {
            while (next < prefixes.size()
                    && Keys.ORDER.compare(prefixes.get(next).prefix(), object.key()) < 0) {
                entries.fold(prefixes.get(next++).prefix().substring(cut));
            }
            entries.object(object, object.key().substring(cut));
        }
        while (next < prefixes.size()) {
            entries.fold(prefixes.get(next++).prefix().substring(cut));
        }
    }

    /** The entries of a page being put together: those beyond what the caller has seen, up to the limit. */
    private static final class Entries {
        private final @Nullable String after;
        private final int limit;
        private final List<ObjectInfo> objects = new ArrayList<>();
        private final List<String> prefixes = new ArrayList<>();
        private String last = "";
        private boolean overflow;

        Entries(@Nullable String after, int limit) {
            this.after = after;
            this.limit = limit;
        }

        /** The greatest entry, relative to the store's prefix. */
        String last() {
            return last;
        }

        boolean isEmpty() {
            return objects.isEmpty() && prefixes.isEmpty();
        }

        void object(S3Object object, String key) {
            // other tools write "directory" objects whose keys end in a slash; they are no keys of this store
            if (!key.isEmpty() && !key.endsWith("/") && takes(key)) {
                objects.add(new ObjectInfo(
                        key,
                        object.size() == null ? 0 : object.size(),
                        ETags.plain(object.eTag()),
                        object.lastModified() == null
                                ? 0
                                : object.lastModified().toEpochMilli(),
                        null));
            }
        }

        void fold(String prefix) {
            if (takes(prefix)) {
                prefixes.add(prefix);
            }
        }

        private boolean takes(String name) {
            boolean seen = after != null && Keys.ORDER.compare(name, after) <= 0;
            if (seen || (!isEmpty() && Keys.ORDER.compare(name, last) <= 0)) {
                return false;
            }
            if (objects.size() + prefixes.size() == limit) {
                overflow = true;
                return false;
            }
            last = name;
            return true;
        }

        ListPage page(boolean truncated) {
            return new ListPage(objects, prefixes, truncated);
        }
    }

    private Answer ask(Place place, @Nullable String token, int limit) throws StoreException {
        Dialect dialect = connection.dialect();
        if (dialect.listVersion() == 1) {
            return askV1(place, token != null ? token : place.seen(), limit);
        }
        try {
            return askV2(place, token, limit);
        } catch (StoreException e) {
            if (token != null || !Failures.isUnknownCall(e)) {
                throw e;
            }
            connection.learn(dialect.withListVersion(1));
            return askV1(place, place.seen(), limit);
        }
    }

    private Answer askV2(Place place, @Nullable String token, int limit) throws StoreException {
        ListObjectsV2Request request = ListObjectsV2Request.builder()
                .bucket(connection.bucket())
                .prefix(place.prefix())
                .delimiter(place.delimiter())
                .startAfter(token == null ? place.seen() : null)
                .continuationToken(token)
                .maxKeys(limit)
                .overrideConfiguration(connection.plain())
                .build();
        ListObjectsV2Response page = connection.call("list", place.prefix(), s3 -> s3.listObjectsV2(request));
        boolean more = Boolean.TRUE.equals(page.isTruncated());
        return new Answer(page.contents(), page.commonPrefixes(), more, page.nextContinuationToken());
    }

    private Answer askV1(Place place, @Nullable String marker, int limit) throws StoreException {
        ListObjectsRequest request = ListObjectsRequest.builder()
                .bucket(connection.bucket())
                .prefix(place.prefix())
                .delimiter(place.delimiter())
                .marker(marker)
                .maxKeys(limit)
                .overrideConfiguration(connection.plain())
                .build();
        ListObjectsResponse page = connection.call("list", place.prefix(), s3 -> s3.listObjects(request));
        boolean more = Boolean.TRUE.equals(page.isTruncated());
        return new Answer(page.contents(), page.commonPrefixes(), more, nextMarker(page, marker));
    }

    /**
     * Where the next page of the old call begins. Servers name it only in folded listings; if it does not move on, the
     * greatest character behind a folded prefix skips all that is folded into it.
     */
    private static @Nullable String nextMarker(ListObjectsResponse page, @Nullable String marker) {
        String next = page.nextMarker();
        if (next == null || next.isEmpty()) {
            for (S3Object object : page.contents()) {
                next = next == null || Keys.ORDER.compare(object.key(), next) > 0 ? object.key() : next;
            }
            for (CommonPrefix folded : page.commonPrefixes()) {
                next = next == null || Keys.ORDER.compare(folded.prefix(), next) > 0 ? folded.prefix() : next;
            }
        }
        return next != null && next.equals(marker) ? next + Character.toString(Character.MAX_CODE_POINT) : next;
    }
}
