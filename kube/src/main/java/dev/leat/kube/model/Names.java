package dev.leat.kube.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names and keys that objects of a dataset bear, within the lengths that Kubernetes allows. */
public final class Names {
    /** Labels, Services and names of pods: RFC 1035. */
    static final int LABEL_CHARACTERS_MAX = 63;

    /** The pods of a StatefulSet carry its name, a dash and a hash of ten characters in a label. */
    static final int STATEFUL_SET_CHARACTERS_MAX = LABEL_CHARACTERS_MAX - 11;

    /** Jobs of a CronJob bear its name, a dash and ten digits. */
    static final int CRON_JOB_CHARACTERS_MAX = LABEL_CHARACTERS_MAX - 11;

    private static final int DIGEST_CHARACTERS = 8;

    private Names() {}

    /** The StatefulSet of the workers, their Service and their disruption budget. */
    public static String workers(String dataset) {
        return fit(dataset + "-worker", STATEFUL_SET_CHARACTERS_MAX);
    }

    /** The DaemonSet of the FUSE pods. */
    public static String fuse(String dataset) {
        return fit(dataset + "-fuse", STATEFUL_SET_CHARACTERS_MAX);
    }

    /** The ConfigMap that tells daemons what the dataset is. */
    public static String config(String dataset) {
        return dataset + "-config";
    }

    /** The persistent volume, which has no namespace of its own. */
    public static String volume(String namespace, String dataset) {
        return namespace + "-" + dataset;
    }

    /** The Job or CronJob of an operation. */
    public static String job(String operation, String suffix) {
        return fit(operation + "-" + suffix, CRON_JOB_CHARACTERS_MAX);
    }

    /** The label of nodes where FUSE pods of a dataset run. */
    public static String fuseNodeLabel(String namespace, String dataset) {
        return nodeLabel("f-", namespace, dataset);
    }

    /** The label of nodes that hold cache of a dataset. */
    public static String cacheNodeLabel(String namespace, String dataset) {
        return nodeLabel("s-", namespace, dataset);
    }

    /** The value of the label that Fluid puts on what belongs to a dataset. */
    public static String datasetId(String namespace, String dataset) {
        return fit(namespace + "-" + dataset, LABEL_CHARACTERS_MAX);
    }

    private static String nodeLabel(String prefix, String namespace, String dataset) {
        return "fluid.io/" + fit(prefix + namespace + "-" + dataset, LABEL_CHARACTERS_MAX);
    }

    /** A name as it is, or its beginning and a digest of all of it where it would be too long. */
    static String fit(String name, int charactersMax) {
        if (name.length() <= charactersMax) {
            return name;
        }
        String beginning = name.substring(0, charactersMax - DIGEST_CHARACTERS - 1);
        return beginning.replaceAll("[^a-zA-Z0-9]+$", "") + "-" + digest(name);
    }

    /** A short digest of a text, for names and for comparing. */
    public static String digest(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, DIGEST_CHARACTERS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
