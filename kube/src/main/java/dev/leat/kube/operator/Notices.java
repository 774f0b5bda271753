package dev.leat.kube.operator;

import dev.leat.kube.model.Conditions;
import dev.leat.kube.model.Names;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells users of something by an event, once: an event's name follows from its object and its text. */
final class Notices {
    private static final Logger LOG = LoggerFactory.getLogger(Notices.class);

    /** Texts remembered, so that not every round asks the API server whether the event is there. */
    private static final int REMEMBERED_MAX = 10_000;

    /** Kubernetes cuts off or refuses longer texts. */
    private static final int MESSAGE_CHARACTERS_MAX = 1000;

    private final KubernetesClient client;
    private final Clock clock;
    private final Map<String, Boolean> told = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED_MAX;
        }
    };

    Notices(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    /** Something that the user should mend. */
    void warn(HasMetadata object, String reason, String message) {
        tell(object, "Warning", reason, message);
    }

    /** Something that the user may like to know. */
    void say(HasMetadata object, String reason, String message) {
        tell(object, "Normal", reason, message);
    }

    private void tell(HasMetadata object, String type, String reason, String message) {
        String digest = Names.digest(object.getMetadata().getUid() + "\n" + reason + "\n" + message);
        String name = object.getMetadata().getName() + "." + digest;
        String namespace = object.getMetadata().getNamespace() == null
                ? "default"
                : object.getMetadata().getNamespace();
        synchronized (told) {
            if (told.putIfAbsent(namespace + "/" + name, true) != null) {
                return;
            }
        }
        String now = Conditions.time(clock.instant());
        Event event = new EventBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .withNewInvolvedObject()
                .withApiVersion(object.getApiVersion())
                .withKind(object.getKind())
                .withName(object.getMetadata().getName())
                .withNamespace(object.getMetadata().getNamespace())
                .withUid(object.getMetadata().getUid())
                .endInvolvedObject()
                .withType(type)
                .withReason(reason)
                .withMessage(
                        message.length() > MESSAGE_CHARACTERS_MAX
                                ? message.substring(0, MESSAGE_CHARACTERS_MAX - 1) + "…"
                                : message)
                .withNewSource()
                .withComponent("leat-operator")
                .endSource()
                .withFirstTimestamp(now)
                .withLastTimestamp(now)
                .withCount(1)
                .build();
        try {
            client.resource(event).create();
        } catch (KubernetesClientException e) {
            // Told by an earlier life of the operator, or by a namespace that is going: an event is not worth a
            // failure.
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                LOG.warn(
                        "could not tell of {} {}: {}",
                        object.getKind(),
                        object.getMetadata().getName(),
                        e.getMessage());
            }
        }
    }
}
