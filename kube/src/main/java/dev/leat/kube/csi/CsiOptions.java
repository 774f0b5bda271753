package dev.leat.kube.csi;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a plugin runs.
 *
 * @param endpoints the socket of each driver that is served
 * @param controller whether volumes are made here
 * @param node whether volumes are shown to pods here
 * @param nodeId the node's name in the cluster
 * @param version what the plugin says it is
 * @param leat the program that serves mounts
 * @param state folder for daemons of inline volumes
 * @param mountRoot folder in which FUSE pods of datasets serve
 * @param cluster whether there is an API server to talk to
 * @param registration the kubelet's folder of registrations, where drivers are made known to it; null to leave that to a sidecar
 * @param defaults arguments of every daemon that is started here
 */
public record CsiOptions(
        Map<Driver, Path> endpoints,
        boolean controller,
        boolean node,
        String nodeId,
        String version,
        String leat,
        Path state,
        Path mountRoot,
        boolean cluster,
        @Nullable Path registration,
        List<String> defaults) {}
