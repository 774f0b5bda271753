package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;

/** What is known of a profile: nothing, it is a template. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public final class ProfileStatus {}
