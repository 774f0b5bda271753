package dev.leat.kube.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;

/**
 * One mount of a dataset as daemons are told of it.
 *
 * @param name the mount's name
 * @param path folder of the dataset's tree that shows it, absolute
 * @param address where the data lies
 * @param readOnly whether writes are refused
 * @param options by the names that Leat's commands know, without dashes
 * @param secretFiles files that hold secret options, by the same names
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Source(
        String name,
        String path,
        String address,
        boolean readOnly,
        Map<String, String> options,
        Map<String, String> secretFiles) {}
