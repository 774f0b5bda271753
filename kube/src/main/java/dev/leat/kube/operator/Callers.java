package dev.leat.kube.operator;

import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Finds out which pod a token was given to, by asking the API server. */
final class Callers {
    /** The tokens of projected volumes name their audience; one made for somebody else says nothing here. */
    static final String AUDIENCE = "leat-operator";

    private static final String ACCOUNT_PREFIX = "system:serviceaccount:";
    private static final String POD_CLAIM = "authentication.kubernetes.io/pod-name";

    /** A pod that is deleted may be believed this long after. */
    private static final Duration REMEMBERED = Duration.ofMinutes(1);

    /** Tokens remembered at most; those of as many pods are renewed once an hour. */
    private static final int REMEMBERED_MAX = 100_000;

    /** A pod that proved who it is. */
    record Caller(String namespace, String pod) {}

    private record Known(Caller caller, Instant until) {}

    private final KubernetesClient client;
    private final Clock clock;
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    Callers(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    /** The pod that a token was given to, if it is a good one. */
    Optional<Caller> of(String token) {
        Instant now = clock.instant();
        String key = digest(token);
        Known before = known.get(key);
        if (before != null && before.until().isAfter(now)) {
            return Optional.of(before.caller());
        }
        Optional<Caller> caller = review(token);
        if (known.size() >= REMEMBERED_MAX) {
            known.values().removeIf(old -> !old.until().isAfter(now));
        }
        caller.ifPresentOrElse(c -> known.put(key, new Known(c, now.plus(REMEMBERED))), () -> known.remove(key));
        return caller;
    }

    private Optional<Caller> review(String token) {
        TokenReview review = client.resource(new TokenReviewBuilder()
                        .withNewSpec()
                        .withToken(token)
                        .withAudiences(AUDIENCE)
                        .endSpec()
                        .build())
                .create();
        if (review.getStatus() == null
                || !Boolean.TRUE.equals(review.getStatus().getAuthenticated())
                || review.getStatus().getUser() == null) {
            return Optional.empty();
        }
        String user = review.getStatus().getUser().getUsername();
        Map<String, List<String>> extra = review.getStatus().getUser().getExtra();
        List<String> pods = extra == null ? null : extra.get(POD_CLAIM);
        if (user == null || !user.startsWith(ACCOUNT_PREFIX) || pods == null || pods.size() != 1) {
            return Optional.empty();
        }
        String namespace = user.substring(ACCOUNT_PREFIX.length()).split(":", 2)[0];
        return Optional.of(new Caller(namespace, pods.getFirst()));
    }

    private static String digest(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
