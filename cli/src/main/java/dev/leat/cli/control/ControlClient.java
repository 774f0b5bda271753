package dev.leat.cli.control;

import dev.leat.cli.CliException;
import dev.leat.cli.output.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** A command's end of the control socket. */
public final class ControlClient {
    private ControlClient() {}

    /**
     * Asks the daemon of a mount and waits for the end.
     *
     * @param progress takes facts on the way
     * @return the result
     */
    public static Map<?, ?> call(
            StateFolder state, String command, Map<String, ?> arguments, Consumer<Map<?, ?>> progress)
            throws IOException {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("command", command);
        request.putAll(arguments);
        try (SocketChannel channel = connect(state);
                Writer out = Channels.newWriter(channel, StandardCharsets.UTF_8);
                BufferedReader in = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))) {
            out.write(Json.line(request));
            out.write('\n');
            out.flush();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (!(Json.read(line) instanceof Map<?, ?> answer)) {
                    throw new IOException("the daemon answered '" + line + "'");
                }
                if (answer.get("result") instanceof Map<?, ?> result) {
                    return result;
                }
                if (answer.get("error") instanceof String error) {
                    throw CliException.failed(error);
                }
                if (answer.get("progress") instanceof Map<?, ?> facts) {
                    progress.accept(facts);
                }
            }
        }
        throw CliException.failed("the daemon ended before it answered; see its log, named by 'leat status'");
    }

    private static SocketChannel connect(StateFolder state) throws IOException {
        try {
            return SocketChannel.open(UnixDomainSocketAddress.of(state.socket()));
        } catch (IOException e) {
            throw CliException.failed("the daemon of this mount does not answer at " + state.socket() + ": "
                    + e.getMessage() + "; if it died, 'leat umount --force' clears the mount point");
        }
    }
}
