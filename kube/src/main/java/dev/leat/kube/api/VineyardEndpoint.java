package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An etcd outside of the cluster. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VineyardEndpoint(
        @Nullable String uri,
        @Nullable List<EncryptOption> encryptOptions,
        @Nullable Map<String, String> options) {}
