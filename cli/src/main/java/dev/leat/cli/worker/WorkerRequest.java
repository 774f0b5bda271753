package dev.leat.cli.worker;

import dev.leat.cli.option.CacheFlags;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.report.PodSide;
import dev.leat.worker.wire.Token;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a worker was asked to be.
 *
 * @param sources metadata URLs of volumes, and addresses of data in place
 * @param dataset a file that names the sources instead; null for none
 * @param pod who this is in a cluster; null for nobody
 * @param address where it listens
 * @param token what mounts must know
 * @param connections most connections of mounts
 * @param drain how long requests may take to end when the worker does
 * @param cache its tiers and memory
 * @param store how stores are reached
 * @param metrics where metrics are served; null for nowhere
 */
public record WorkerRequest(
        List<String> sources,
        @Nullable Path dataset,
        @Nullable PodSide pod,
        InetSocketAddress address,
        Token token,
        int connections,
        Duration drain,
        CacheFlags cache,
        StoreFlags store,
        @Nullable String metrics) {}
