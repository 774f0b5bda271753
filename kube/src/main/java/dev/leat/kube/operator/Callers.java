package dev.leat.kube.operator;

import dev.leat.kube.model.Labels;
import dev.leat.kube.report.DaemonReport;
import io.fabric8.kubernetes.api.model.Pod;
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
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Finds out which pod a token was given to, and what that pod is there for, by asking the API server. */
final class Callers {
    /** The tokens of projected volumes name their audience; one made for somebody else says nothing here. */
    static final String AUDIENCE = "leat-operator";

    private static final String ACCOUNT_PREFIX = "system:serviceaccount:";
    private static final String POD_CLAIM = "authentication.kubernetes.io/pod-name";

    /** A pod that is deleted may be believed this long after. */
    private static final Duration REMEMBERED = Duration.ofMinutes(1);

    /** Tokens remembered at most; those of as many pods are renewed once an hour. */
    private static final int REMEMBERED_MAX = 100_000;

    /**
     * A pod that proved who it is, and what it was made for.
     *
     * @param dataset the one that it serves
     * @param component which part of it
     * @param operation the one that it works for, or null
     */
    record Caller(
            String namespace,
            String pod,
            @Nullable String dataset,
            @Nullable String component,
            @Nullable String operation) {
        /** Whether a report is of this pod, and of what it was made for. */
        boolean mayTell(DaemonReport report) {
            DaemonReport.Daemon from = report.from();
            return pod.equals(from.pod())
                    && from.dataset().equals(dataset)
                    && from.component().equals(component)
                    && Objects.equals(from.operation(), operation);
        }
    }

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
        return caller(namespace, pods.getFirst());
    }

    private Optional<Caller> caller(String namespace, String name) {
        Pod pod = client.pods().inNamespace(namespace).withName(name).get();
        if (pod == null) {
            return Optional.empty();
        }
        Map<String, String> labels =
                Objects.requireNonNullElse(pod.getMetadata().getLabels(), Map.of());
        Map<String, String> annotations =
                Objects.requireNonNullElse(pod.getMetadata().getAnnotations(), Map.of());
        boolean ours = Labels.LEAT.equals(labels.get(Labels.MANAGED_BY));
        return Optional.of(new Caller(
                namespace,
                name,
                ours ? annotations.get(Labels.DATASET_NAME) : null,
                ours ? labels.get(Labels.COMPONENT) : null,
                ours ? annotations.get(Labels.OPERATION_NAME) : null));
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
