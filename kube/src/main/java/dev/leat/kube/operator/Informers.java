package dev.leat.kube.operator;

import dev.leat.kube.model.Labels;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.SecondaryToPrimaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Informers on what belongs to an object, found by an annotation or by having its name. */
final class Informers {
    private Informers() {}

    /** On objects that an annotation ties to the primary object of that name in the same namespace. */
    static <R extends HasMetadata, P extends HasMetadata> EventSource<?, P> annotated(
            EventSourceContext<P> context, Class<R> type, String selector, String annotation) {
        return informer(context, type, selector, object -> {
            String name = annotation(object, annotation);
            String namespace = object.getMetadata().getNamespace() != null
                    ? object.getMetadata().getNamespace()
                    : annotation(object, "leat.dev/dataset-namespace");
            return name == null || namespace == null ? Set.of() : Set.of(new ResourceID(name, namespace));
        });
    }

    /** On objects of the same name and namespace as the primary object. */
    static <R extends HasMetadata, P extends HasMetadata> EventSource<?, P> sameName(
            EventSourceContext<P> context, Class<R> type) {
        return informer(
                context,
                type,
                null,
                object -> Set.of(new ResourceID(
                        object.getMetadata().getName(), object.getMetadata().getNamespace())));
    }

    static <R extends HasMetadata, P extends HasMetadata> EventSource<?, P> informer(
            EventSourceContext<P> context,
            Class<R> type,
            @Nullable String selector,
            SecondaryToPrimaryMapper<R> mapper) {
        InformerEventSourceConfiguration.Builder<R> configuration = InformerEventSourceConfiguration.from(
                        type, context.getPrimaryResourceClass())
                .withSecondaryToPrimaryMapper(mapper);
        if (selector != null) {
            configuration.withLabelSelector(selector);
        }
        return new InformerEventSource<>(configuration.build(), context);
    }

    /** Objects that the operator made, of one component. */
    static String managed(@Nullable String label, @Nullable String value) {
        String selector = Labels.MANAGED_BY + "=" + Labels.LEAT;
        return label == null ? selector : selector + "," + label + "=" + value;
    }

    static @Nullable String annotation(HasMetadata object, String key) {
        Map<String, String> annotations = object.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(key);
    }
}
