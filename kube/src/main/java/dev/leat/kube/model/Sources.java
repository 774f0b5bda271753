package dev.leat.kube.model;

import dev.leat.kube.api.Dataset;
import dev.leat.kube.api.DatasetSpec;
import dev.leat.kube.api.EncryptOption;
import dev.leat.kube.api.Mount;
import dev.leat.kube.api.SecretKeySelector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What daemons are told of a dataset, and which secrets and volumes its pods need for it. */
public final class Sources {
    /** Where pods see the secrets of a dataset, a folder for each. */
    static final String SECRETS = "/etc/leat/secrets";

    /** Where pods see the claims and folders of {@code pvc://} and {@code local://}. */
    static final String VOLUMES = "/leat/sources";

    private static final String CLAIM = "pvc://";
    private static final String LOCAL = "local://";

    private final DatasetFile file;
    private final Set<String> secrets = new TreeSet<>();
    private final Map<String, String> claims = new TreeMap<>();
    private final Map<String, String> folders = new TreeMap<>();
    private final Set<String> unknownOptions = new TreeSet<>();

    private Sources(Dataset dataset, @Nullable Engine engine) {
        DatasetSpec spec = dataset.getSpec();
        List<Source> sources = new ArrayList<>();
        boolean readOnly = readOnly(dataset);
        for (Mount mount : Component.orEmpty(spec.mounts())) {
            sources.add(source(spec, mount, readOnly));
        }
        dev.leat.kube.api.User owner = spec.owner() != null || engine == null ? spec.owner() : engine.runAs();
        file = new DatasetFile(
                dataset.getMetadata().getNamespace(),
                dataset.getMetadata().getName(),
                owner == null ? null : owner.uid(),
                owner == null ? null : owner.gid(),
                readOnly,
                engine == null ? List.of() : workers(engine),
                sources);
    }

    /** Of a dataset and the runtime that serves it, if there is one already. */
    public static Sources of(Dataset dataset, @Nullable Engine engine) {
        return new Sources(dataset, engine);
    }

    /** Each by a name of its own: who owns a block follows from the names. */
    private static List<String> workers(Engine engine) {
        String service = Names.workers(engine.name());
        List<String> workers = new ArrayList<>();
        for (int i = 0; i < engine.workers(); i++) {
            workers.add(
                    service + "-" + i + "." + service + "." + engine.namespace() + ".svc:" + RuntimeObjects.BLOCK_PORT);
        }
        return workers;
    }

    /** Whether no access mode of a dataset lets anybody write. */
    public static boolean readOnly(Dataset dataset) {
        return accessModes(dataset).stream().allMatch(mode -> mode.equals("ReadOnlyMany"));
    }

    /** The access modes of a dataset's volume. */
    public static List<String> accessModes(Dataset dataset) {
        List<String> modes = dataset.getSpec().accessModes();
        return modes == null || modes.isEmpty() ? List.of("ReadOnlyMany") : modes;
    }

    private Source source(DatasetSpec spec, Mount mount, boolean readOnly) {
        String point = mount.mountPoint() == null ? "" : mount.mountPoint();
        String name = mount.name() == null || mount.name().isEmpty() ? lastPart(point) : mount.name();
        String path = mount.path() == null || mount.path().isEmpty() ? "/" + name : mount.path();
        Map<String, String> options = new TreeMap<>();
        Map<String, String> secretFiles = new TreeMap<>();
        Map<String, String> said = new LinkedHashMap<>(Component.orEmpty(spec.sharedOptions()));
        said.putAll(Component.orEmpty(mount.options()));
        said.forEach((option, value) -> {
            String known = SourceOptions.translate(option);
            if (known == null) {
                unknownOptions.add(option);
            } else {
                options.put(known, value);
            }
        });
        List<EncryptOption> secret = new ArrayList<>(Component.orEmpty(spec.sharedEncryptOptions()));
        secret.addAll(Component.orEmpty(mount.encryptOptions()));
        secret.forEach(option -> addSecret(option, secretFiles));
        return new Source(
                name, path, address(point), readOnly || Boolean.TRUE.equals(mount.readOnly()), options, secretFiles);
    }

    private void addSecret(EncryptOption option, Map<String, String> files) {
        String name = option.name() == null ? "" : option.name();
        SecretKeySelector key =
                option.valueFrom() == null ? null : option.valueFrom().secretKeyRef();
        String known = SourceOptions.translate(name);
        if (known == null || key == null || key.name() == null) {
            unknownOptions.add(name);
            return;
        }
        secrets.add(key.name());
        files.put(known, SECRETS + "/" + key.name() + "/" + (key.key() == null ? name : key.key()));
    }

    /** Where a daemon finds the data: what is a volume of the cluster is a folder of the pod. */
    private String address(String point) {
        if (point.startsWith(CLAIM)) {
            String[] parts = point.substring(CLAIM.length()).split("/", 2);
            claims.put(parts[0], VOLUMES + "/pvc/" + parts[0]);
            return "file://" + VOLUMES + "/pvc/" + parts[0] + (parts.length > 1 ? "/" + parts[1] : "");
        }
        if (point.startsWith(LOCAL)) {
            String folder = "/" + point.substring(LOCAL.length()).replaceAll("^/+", "");
            folders.put(folder, VOLUMES + "/local" + folder);
            return "file://" + VOLUMES + "/local" + folder;
        }
        return point;
    }

    private static String lastPart(String point) {
        String[] parts = point.replaceAll("/+$", "").split("/");
        return parts[parts.length - 1];
    }

    /** What the daemons read. */
    public DatasetFile file() {
        return file;
    }

    /** Secrets whose keys the pods need, by name. */
    public Set<String> secrets() {
        return secrets;
    }

    /** Claims that the pods mount, and where. */
    public Map<String, String> claims() {
        return claims;
    }

    /** Folders of the node that the pods mount, and where. */
    public Map<String, String> folders() {
        return folders;
    }

    /** Options that Leat has no use for, to be told of. */
    public Set<String> unknownOptions() {
        return unknownOptions;
    }
}
