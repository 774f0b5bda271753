package dev.leat.kube.model;

import dev.leat.kube.api.Condition;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A list of conditions in which each remembers since when it is so. */
public final class Conditions {
    private final List<Condition> before;
    private final List<Condition> after = new ArrayList<>();
    private final @Nullable Long generation;
    private final String now;

    /** Starts from what the status says already. */
    public Conditions(@Nullable List<Condition> before, @Nullable Long generation, Instant now) {
        this.before = before == null ? List.of() : before;
        this.generation = generation;
        this.now = time(now);
    }

    /** A time as Kubernetes writes it. */
    public static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Says that something is so or is not. */
    public Conditions set(String type, boolean so, String reason, String message) {
        String status = so ? "True" : "False";
        Condition old = find(before, type);
        after.removeIf(condition -> type.equals(condition.type()));
        if (old == null) {
            after.add(new Condition(type, status, reason, message, now, now, now, generation));
            return this;
        }
        boolean same = status.equals(old.status());
        boolean nothingNew = same
                && reason.equals(old.reason())
                && message.equals(old.message())
                && Objects.equals(generation, old.observedGeneration());
        after.add(
                nothingNew
                        ? old
                        : new Condition(
                                type,
                                status,
                                reason,
                                message,
                                now,
                                now,
                                same && old.lastTransitionTime() != null ? old.lastTransitionTime() : now,
                                generation));
        return this;
    }

    /** Those that were said, and of the others what was said before. */
    public List<Condition> list() {
        List<Condition> all = new ArrayList<>();
        for (Condition old : before) {
            if (find(after, old.type()) == null) {
                all.add(old);
            }
        }
        all.addAll(after);
        return all;
    }

    /** A condition of a type, or null. */
    public static @Nullable Condition find(@Nullable List<Condition> conditions, @Nullable String type) {
        if (conditions != null) {
            for (Condition condition : conditions) {
                if (Objects.equals(condition.type(), type)) {
                    return condition;
                }
            }
        }
        return null;
    }
}
