package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** The components of an engine. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClassTopology(
        @Nullable ClassComponent master,
        @Nullable ClassComponent worker,
        @Nullable ClassComponent client) {}
