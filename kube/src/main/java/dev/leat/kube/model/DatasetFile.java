package dev.leat.kube.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a daemon in a pod is told of its dataset: a file of JSON in a ConfigMap, which changes when the dataset's mounts do.
 *
 * @param namespace of the dataset
 * @param name of the dataset
 * @param uid owner of files where the source has none
 * @param gid group of files where the source has none
 * @param readOnly whether the whole tree refuses writes
 * @param workers the workers that hold its cache, as {@code HOST:PORT}; everybody who asks them reads the same list here
 * @param sources what it shows
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DatasetFile(
        String namespace,
        String name,
        @Nullable Long uid,
        @Nullable Long gid,
        boolean readOnly,
        List<String> workers,
        List<Source> sources) {
    /** The file's name in its ConfigMap. */
    public static final String KEY = "dataset.json";

    /** The folder where pods see it. */
    public static final String FOLDER = "/etc/leat/dataset";
}
