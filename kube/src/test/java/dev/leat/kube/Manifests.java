package dev.leat.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** Manifests of deploy/examples as objects. */
public final class Manifests {
    private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

    private Manifests() {}

    /** The documents of a file. */
    public static List<String> documents(String file) {
        try {
            List<String> documents = new ArrayList<>();
            for (String document : Files.readString(
                            Repository.path("deploy/examples").resolve(file))
                    .split("(?m)^---$")) {
                if (!document.isBlank()) {
                    documents.add(document);
                }
            }
            return documents;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The object of a kind in a file, with a name space if it has none. */
    public static <T extends HasMetadata> T read(String file, Class<T> type) {
        for (String document : documents(file)) {
            if (document.contains("\nkind: " + HasMetadata.getKind(type) + "\n")) {
                return parse(document, type);
            }
        }
        throw new IllegalArgumentException("no " + type.getSimpleName() + " in " + file);
    }

    /** An object from its text. */
    public static <T extends HasMetadata> T parse(String yaml, Class<T> type) {
        T object = SERIALIZATION.unmarshal(yaml, type);
        if (object.getMetadata().getNamespace() == null) {
            object.getMetadata().setNamespace("default");
        }
        if (object.getMetadata().getUid() == null) {
            object.getMetadata().setUid("00000000-0000-0000-0000-000000000001");
        }
        return object;
    }

    /** Objects as one text. */
    public static String yaml(List<? extends HasMetadata> objects) {
        StringBuilder text = new StringBuilder();
        for (HasMetadata object : objects) {
            text.append(SERIALIZATION.asYaml(object));
        }
        return text.toString();
    }
}
