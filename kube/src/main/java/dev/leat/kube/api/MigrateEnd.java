package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** One end of a migration: a dataset or a storage outside. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "has(self.dataset) != has(self.externalStorage)",
        message = "one of dataset and externalStorage must be given, not both")
public record MigrateEnd(
        @Nullable MigrateDataset dataset, @Nullable ExternalStorage externalStorage) {}
