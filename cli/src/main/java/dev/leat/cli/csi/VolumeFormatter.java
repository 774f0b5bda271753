package dev.leat.cli.csi;

import dev.leat.cli.CliException;
import dev.leat.kube.csi.VolumeStore;
import dev.leat.meta.engine.MetaUrl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Makes Leat volumes by {@code leat format} in a process of its own: the bucket's credentials, which belong to one request, come
 * from that process's environment.
 */
public final class VolumeFormatter implements LeatVolumes.Formatter {
    private static final long DEADLINE_SECONDS = 100;

    private final String program;

    /** Runs {@code program}. */
    public VolumeFormatter(String program) {
        this.program = program;
    }

    @Override
    public void format(VolumeStore.Access access, String bucket) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(List.of(program, "format", access.openUrl(), "--store", bucket))
                .redirectErrorStream(true);
        builder.environment().putAll(access.environment());
        String password = MetaUrl.parse(access.metaUrl()).password();
        if (password != null) {
            builder.environment().put(MetaUrl.PASSWORD_VARIABLE, password);
        }
        Process process = builder.start();
        process.getOutputStream().close();
        String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        try {
            if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw CliException.failed("the volume was not made in " + DEADLINE_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a volume was made", e);
        }
        if (process.exitValue() != 0) {
            throw CliException.failed(words.substring(words.lastIndexOf('\n') + 1));
        }
    }
}
