package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An engine by template. Its fields lie at the top: it has neither spec nor status. */
@Group(Groups.FLUID)
@Version(Groups.V1ALPHA1)
@Kind("CacheRuntimeClass")
@Plural("cacheruntimeclasses")
@Singular("cacheruntimeclass")
@Categories("fluid")
@JsonInclude(JsonInclude.Include.NON_NULL)
public final class CacheRuntimeClass implements HasMetadata {
    private static final long serialVersionUID = 1L;

    private String apiVersion = HasMetadata.getApiVersion(CacheRuntimeClass.class);
    private String kind = HasMetadata.getKind(CacheRuntimeClass.class);
    private ObjectMeta metadata = new ObjectMeta();

    @Required
    public @Nullable String fileSystemType;

    public @Nullable ClassTopology topology;

    public @Nullable ClassResources extraResources;

    @Size(max = 16)
    public @Nullable List<ClassOperation> dataOperationSpecs;

    @Override
    public ObjectMeta getMetadata() {
        return metadata;
    }

    @Override
    public void setMetadata(ObjectMeta metadata) {
        this.metadata = metadata;
    }

    @Override
    public String getKind() {
        return kind;
    }

    /** Sets the kind, as it was read. */
    public void setKind(String kind) {
        this.kind = kind;
    }

    @Override
    public String getApiVersion() {
        return apiVersion;
    }

    @Override
    public void setApiVersion(String version) {
        this.apiVersion = version;
    }
}
