package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How an engine does an operation. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClassOperation(
        @ValidationRule(
                value = "self in ['DataLoad', 'DataBackup', 'DataMigrate', 'DataProcess']",
                message = "name must be DataLoad, DataBackup, DataMigrate or DataProcess")
        @Size(max = 32)
        @Nullable
        String name,

        @Nullable String image,
        @Nullable List<String> command,
        @Nullable List<String> args) {}
