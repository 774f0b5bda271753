package dev.leat.cli.report;

import dev.leat.worker.wire.Token;
import org.jspecify.annotations.Nullable;

/**
 * What a daemon in a pod knows workers by.
 *
 * @param token that of a file if one was named, else the operator's
 * @param secret the operator's, which is being asked for; null if a file was named or there is no operator
 */
public record PodToken(Token token, @Nullable OperatorSecret secret) {
    /** The token of a daemon; whoever calls closes {@link #secret}. */
    public static PodToken of(Token named, @Nullable PodSide pod) {
        OperatorSecret secret = named.isSet() || pod == null ? null : pod.secret();
        return new PodToken(secret == null ? named : Token.of(secret), secret);
    }
}
