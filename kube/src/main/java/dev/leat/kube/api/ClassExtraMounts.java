package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** ConfigMaps that a component mounts. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClassExtraMounts(@Nullable List<ClassConfigMount> configMaps) {}
