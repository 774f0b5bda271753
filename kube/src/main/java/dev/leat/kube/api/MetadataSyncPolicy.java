package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** Whether names and sizes of the source are counted without being asked for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MetadataSyncPolicy(@Nullable Boolean autoSync) {}
