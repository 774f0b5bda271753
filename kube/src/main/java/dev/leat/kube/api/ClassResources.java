package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a class brings along. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClassResources(@Nullable List<ClassConfigMap> configMaps) {}
