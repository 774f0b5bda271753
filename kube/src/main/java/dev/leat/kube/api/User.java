package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A user and a group, by number and by name. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record User(
        @Required @Nullable Long uid,
        @Required @Nullable Long gid,
        @Required @Nullable String user,
        @Required @Nullable String group) {}
