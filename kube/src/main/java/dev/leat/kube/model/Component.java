package dev.leat.kube.model;

import dev.leat.kube.api.NetworkMode;
import dev.leat.kube.api.PodMetadata;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the pods of a component are made, whatever kind of runtime says so.
 *
 * @param env environment beside Leat's own
 * @param resources what the user asks for, or null
 * @param nodeSelector labels of nodes that may run them
 * @param volumeMounts further mounts
 * @param labels further labels
 * @param annotations further annotations
 * @param imagePullSecrets secrets of registries
 * @param options of the engine, by name
 * @param hostNetwork whether pods use the node's network
 */
public record Component(
        List<EnvVar> env,
        @Nullable ResourceRequirements resources,
        Map<String, String> nodeSelector,
        List<VolumeMount> volumeMounts,
        Map<String, String> labels,
        Map<String, String> annotations,
        List<LocalObjectReference> imagePullSecrets,
        Map<String, String> options,
        boolean hostNetwork) {
    static final Component NONE =
            new Component(List.of(), null, Map.of(), List.of(), Map.of(), Map.of(), List.of(), Map.of(), false);

    /** The same with what the whole runtime says in addition; what the component says goes first. */
    Component with(@Nullable PodMetadata metadata, @Nullable List<LocalObjectReference> secrets) {
        Map<String, String> moreLabels = new LinkedHashMap<>();
        Map<String, String> moreAnnotations = new LinkedHashMap<>();
        if (metadata != null) {
            moreLabels.putAll(orEmpty(metadata.labels()));
            moreAnnotations.putAll(orEmpty(metadata.annotations()));
        }
        moreLabels.putAll(labels);
        moreAnnotations.putAll(annotations);
        List<LocalObjectReference> allSecrets = new ArrayList<>(imagePullSecrets);
        for (LocalObjectReference secret : orEmpty(secrets)) {
            if (!allSecrets.contains(secret)) {
                allSecrets.add(secret);
            }
        }
        return new Component(
                env,
                resources,
                nodeSelector,
                volumeMounts,
                moreLabels,
                moreAnnotations,
                allSecrets,
                options,
                hostNetwork);
    }

    static Component of(
            List<EnvVar> env,
            @Nullable ResourceRequirements resources,
            @Nullable Map<String, String> nodeSelector,
            @Nullable List<VolumeMount> volumeMounts,
            @Nullable PodMetadata metadata,
            @Nullable List<LocalObjectReference> imagePullSecrets,
            @Nullable Map<String, String> options,
            @Nullable NetworkMode network) {
        return new Component(
                env,
                resources,
                orEmpty(nodeSelector),
                orEmpty(volumeMounts),
                metadata == null ? Map.of() : orEmpty(metadata.labels()),
                metadata == null ? Map.of() : orEmpty(metadata.annotations()),
                orEmpty(imagePullSecrets),
                orEmpty(options),
                // Leat asks for no port of the node, so the node's network is used only where somebody says so.
                network == NetworkMode.HOST);
    }

    static List<EnvVar> env(@Nullable Map<String, String> values) {
        List<EnvVar> variables = new ArrayList<>();
        orEmpty(values).forEach((name, value) -> variables.add(new EnvVar(name, value, null)));
        return variables;
    }

    static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    static Map<String, String> orEmpty(@Nullable Map<String, String> map) {
        return map == null ? Map.of() : map;
    }
}
