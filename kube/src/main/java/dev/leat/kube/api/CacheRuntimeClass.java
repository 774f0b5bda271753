package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An engine by template. Its fields lie at the top: it has no spec. */
@Group(Groups.FLUID)
@Version(Groups.V1ALPHA1)
@Kind("CacheRuntimeClass")
@Plural("cacheruntimeclasses")
@Singular("cacheruntimeclass")
@Categories("fluid")
@JsonInclude(JsonInclude.Include.NON_NULL)
public final class CacheRuntimeClass extends CustomResource<Void, Void> {
    private static final long serialVersionUID = 1L;

    @Required
    public @Nullable String fileSystemType;

    public @Nullable ClassTopology topology;

    public @Nullable ClassResources extraResources;

    public @Nullable List<ClassOperation> dataOperationSpecs;
}
