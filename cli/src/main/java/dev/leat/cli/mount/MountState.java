package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.SourceSpec;
import dev.leat.fuse.session.Negotiated;
import dev.leat.meta.session.SessionToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a daemon has agreed on with the kernel and with the others of its volume, for the one that goes on after it.
 *
 * @param negotiated with the kernel, which says it once
 * @param session the volume's session; null for a mount that only reads
 * @param digest of the sealed version that is mounted, whose name may lead to another one by now; null for other mounts
 * @param sources in place that commands have named; empty for other mounts
 */
record MountState(
        Negotiated negotiated,
        @Nullable SessionToken session,
        @Nullable String digest,
        List<SourceSpec> sources) {
    /** Of a volume. */
    static MountState ofVolume(Negotiated negotiated, @Nullable SessionToken session) {
        return new MountState(negotiated, session, null, List.of());
    }

    /** Of a sealed version. */
    static MountState ofVersion(Negotiated negotiated, String digest) {
        return new MountState(negotiated, null, digest, List.of());
    }

    /** Of sources in place. */
    static MountState ofSources(Negotiated negotiated, List<SourceSpec> sources) {
        return new MountState(negotiated, null, null, sources);
    }

    /** For the next daemon; on disk before anything is done by it. */
    MountState next() {
        return new MountState(negotiated, session == null ? null : session.next(), digest, sources);
    }

    void write(StateFolder folder) throws IOException {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("minor", (long) negotiated.minor());
        facts.put("flags", negotiated.flags());
        facts.put("maxWriteBytes", (long) negotiated.maxWriteBytes());
        facts.put("maxPages", (long) negotiated.maxPages());
        if (session != null) {
            facts.put("session", (long) session.number());
            facts.put("sessionId", session.id());
            facts.put("generation", (long) session.generation());
        }
        if (digest != null) {
            facts.put("digest", digest);
        }
        facts.put("sources", sources.stream().map(SourceSpec::fields).toList());
        folder.writeState(facts);
    }

    /** What the daemon before has left. */
    static MountState read(StateFolder folder) throws IOException {
        Optional<Map<String, @Nullable Object>> facts = folder.state();
        if (facts.isEmpty()) {
            throw CliException.failed(folder.path() + " has no state of the daemon before: unmount and mount again");
        }
        Map<String, @Nullable Object> state = facts.get();
        Negotiated negotiated = new Negotiated(
                (int) number(state, "minor"), number(state, "flags"), (int) number(state, "maxWriteBytes"), (int)
                        number(state, "maxPages"));
        SessionToken session = state.containsKey("session")
                ? new SessionToken(
                        (int) number(state, "session"), number(state, "sessionId"), (int) number(state, "generation"))
                : null;
        List<SourceSpec> sources = new ArrayList<>();
        if (state.get("sources") instanceof List<?> specs) {
            specs.forEach(spec -> sources.add(SourceSpec.of((Map<?, ?>) spec)));
        }
        return new MountState(
                negotiated, session, state.get("digest") instanceof String digest ? digest : null, sources);
    }

    private static long number(Map<String, @Nullable Object> state, String name) throws IOException {
        if (state.get(name) instanceof Long number) {
            return number;
        }
        throw new IOException("the state of the daemon before has no number " + name);
    }
}
