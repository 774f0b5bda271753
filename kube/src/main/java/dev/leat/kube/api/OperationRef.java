package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** The operation that another one waits for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record OperationRef(
        @Nullable String apiVersion,

        @Required
        @Size(max = 32)
        @ValidationRule(
                value = "self in ['DataLoad', 'DataBackup', 'DataMigrate', 'DataProcess']",
                message = "kind must be DataLoad, DataBackup, DataMigrate or DataProcess")
        @Nullable
        String kind,

        @Required @Nullable String name,
        @Nullable String namespace,
        @Nullable AffinityStrategy affinityStrategy) {}
