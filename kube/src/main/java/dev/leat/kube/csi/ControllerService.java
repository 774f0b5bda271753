package dev.leat.kube.csi;

import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes, grows, copies and removes volumes: directories of Leat volumes with a quota. */
final class ControllerService {
    /** CREATE_DELETE_VOLUME, CREATE_DELETE_SNAPSHOT, CLONE_VOLUME, EXPAND_VOLUME, SINGLE_NODE_MULTI_WRITER. */
    private static final List<Integer> CAPABILITIES = List.of(1, 5, 7, 9, 13);

    private static final String VOLUME = "volume:";
    private static final String SNAPSHOT = "snapshot:";

    private final Driver driver;
    private final VolumeStore volumes;
    private final Busy busy = new Busy();

    ControllerService(Driver driver, VolumeStore volumes) {
        this.driver = driver;
        this.volumes = volumes;
    }

    ServerServiceDefinition definition() {
        Service service = new Service("Controller")
                .call("ControllerGetCapabilities", _ -> capabilities())
                .call("ValidateVolumeCapabilities", this::validate);
        if (driver != Driver.FLUID) {
            service.call("CreateVolume", this::create)
                    .call("DeleteVolume", this::delete)
                    .call("ControllerExpandVolume", this::expand)
                    .call("CreateSnapshot", this::createSnapshot)
                    .call("DeleteSnapshot", this::deleteSnapshot);
        }
        return service.build();
    }

    private Answer capabilities() {
        Answer answer = new Answer();
        if (driver != Driver.FLUID) {
            for (int type : CAPABILITIES) {
                answer.message(1, new Answer().message(1, new Answer().number(1, type)));
            }
        }
        return answer;
    }

    /**
     * How large a volume is to be.
     *
     * @param required least bytes; 0 if it does not matter
     * @param limit most bytes; 0 if there is none
     */
    private record Capacity(long required, long limit) {
        static Capacity of(Fields range) throws CsiException {
            Capacity capacity = new Capacity(range.number(1), range.number(2));
            if (capacity.required < 0
                    || capacity.limit < 0
                    || (capacity.limit > 0 && capacity.required > capacity.limit)) {
                throw new CsiException(
                        Status.Code.OUT_OF_RANGE,
                        "no size lies between " + capacity.required + " and " + capacity.limit + " bytes");
            }
            return capacity;
        }

        long bytes() {
            return required > 0 ? required : limit;
        }

        boolean allows(long bytes) {
            return bytes >= required && (limit == 0 || (bytes > 0 && bytes <= limit));
        }
    }

    private Answer create(Fields request) throws Exception {
        String name = needed(request.text(1), "name");
        List<Capability> capabilities = Capability.all(request, 3);
        Capacity capacity = Capacity.of(request.message(2));
        Map<String, String> open = request.map(4);
        Parameters parameters = Parameters.of(open, request.map(5));
        if (!parameters.source().isEmpty()) {
            throw CsiException.invalid("data in place at " + parameters.source()
                    + " is not made for anybody: write a PersistentVolume for it");
        }
        for (Capability capability : capabilities) {
            driver.arguments(options(capability.flags(), open));
        }
        VolumeId id = VolumeId.make(name, parameters.secretUrl() ? "" : parameters.metaUrl());
        VolumeStore.Access access = parameters.access();
        String pattern = open.getOrDefault("pathPattern", "");
        String path = pattern.isEmpty() ? id.name() : PathPattern.apply(pattern, open);
        String source = source(request);
        return busy.with(id.toString(), () -> {
            VolumeStore.Made wanted =
                    new VolumeStore.Made(id.name(), "/" + path, capacity.bytes(), source, System.currentTimeMillis());
            VolumeStore.Made made = volumes.find(access, id.name());
            if (made == null) {
                made = volumes.create(access, wanted);
            } else if (made.source().equals(source) && capacity.allows(made.capacityBytes())) {
                // An earlier call may have ended half-way: what is missing is made now.
                made = volumes.create(access, made);
            }
            if (!made.source().equals(source) || !capacity.allows(made.capacityBytes())) {
                throw new CsiException(
                        Status.Code.ALREADY_EXISTS,
                        "volume " + name + " is there already, of " + made.capacityBytes() + " bytes"
                                + (made.source().isEmpty() ? "" : " from " + made.source()));
            }
            return new Answer().message(1, volume(id, made, open, parameters, request));
        });
    }

    private static String source(Fields request) throws IOException {
        Fields content = request.message(6);
        if (content.has(1)) {
            return SNAPSHOT + VolumeId.parse(content.message(1).text(1)).name();
        }
        return content.has(2)
                ? VOLUME + VolumeId.parse(content.message(2).text(1)).name()
                : "";
    }

    private static Answer volume(
            VolumeId id, VolumeStore.Made made, Map<String, String> open, Parameters parameters, Fields request)
            throws IOException {
        Map<String, String> context = new LinkedHashMap<>();
        context.put("path", made.path());
        if (!parameters.secretUrl()) {
            context.put("metaurl", parameters.metaUrl());
        }
        String options = open.getOrDefault("mountOptions", "");
        if (!options.isEmpty()) {
            context.put("mountOptions", options);
        }
        Answer volume = new Answer()
                .number(1, made.capacityBytes())
                .text(2, id.toString())
                .map(3, context);
        Fields content = request.message(6);
        if (content.has(1)) {
            volume.message(
                    4,
                    new Answer()
                            .message(1, new Answer().text(1, content.message(1).text(1))));
        } else if (content.has(2)) {
            volume.message(
                    4,
                    new Answer()
                            .message(2, new Answer().text(1, content.message(2).text(1))));
        }
        return volume;
    }

    /** Mount options of a capability, and those that are written among the parameters. */
    static List<String> options(List<String> flags, Map<String, String> context) {
        List<String> all = new ArrayList<>();
        String given = context.getOrDefault("mountOptions", "");
        if (!given.isEmpty()) {
            all.add(given);
        }
        all.addAll(flags);
        return all;
    }

    private static String needed(String value, String what) throws CsiException {
        if (value.isEmpty()) {
            throw CsiException.invalid("the request has no " + what);
        }
        return value;
    }

    /** How the Leat volume of an id is reached; null if the id cannot be one of ours, or nothing says where. */
    private static VolumeStore.@Nullable Access reach(VolumeId id, Map<String, String> secrets) throws CsiException {
        Parameters parameters = Parameters.of(id.url().isEmpty() ? Map.of() : Map.of("metaurl", id.url()), secrets);
        return !id.plausible() || parameters.metaUrl().isEmpty() ? null : parameters.access();
    }

    private Answer delete(Fields request) throws Exception {
        VolumeId id = VolumeId.parse(needed(request.text(1), "volume id"));
        VolumeStore.Access access = reach(id, request.map(2));
        return busy.with(id.toString(), () -> {
            if (access != null) {
                volumes.delete(access, id.name());
            }
            return new Answer();
        });
    }

    private Answer validate(Fields request) throws Exception {
        String text = needed(request.text(1), "volume id");
        List<Capability> capabilities = Capability.all(request, 3);
        if (driver != Driver.FLUID) {
            VolumeId id = VolumeId.parse(text);
            VolumeStore.Access access = reach(id, request.map(5));
            if (access == null || volumes.find(access, id.name()) == null) {
                throw new CsiException(Status.Code.NOT_FOUND, "there is no volume " + text);
            }
        }
        Answer confirmed = new Answer().map(1, request.map(2));
        for (Capability each : capabilities) {
            Answer mount = new Answer();
            for (String flag : each.flags()) {
                mount.text(2, flag);
            }
            confirmed.message(2, new Answer().message(2, mount).message(3, new Answer().number(1, each.mode())));
        }
        return new Answer().message(1, confirmed.map(3, request.map(4)));
    }

    private Answer expand(Fields request) throws Exception {
        VolumeId id = VolumeId.parse(needed(request.text(1), "volume id"));
        if (!request.has(2)) {
            throw CsiException.invalid("the request has no capacity range");
        }
        Capacity capacity = Capacity.of(request.message(2));
        VolumeStore.Access access = reach(id, request.map(3));
        return busy.with(id.toString(), () -> {
            VolumeStore.Made made = access == null ? null : volumes.find(access, id.name());
            if (made == null || access == null) {
                throw new CsiException(Status.Code.NOT_FOUND, "there is no volume " + id);
            }
            long bytes = made.capacityBytes();
            if (bytes > 0 && bytes < capacity.bytes()) {
                bytes = capacity.bytes();
                volumes.resize(access, id.name(), bytes);
            }
            // Quotas are obeyed by every mount at once: no node has anything to do.
            return new Answer().number(1, Math.max(bytes, capacity.required()));
        });
    }

    private Answer createSnapshot(Fields request) throws Exception {
        VolumeId volume = VolumeId.parse(needed(request.text(1), "source volume id"));
        String name = needed(request.text(2), "name");
        VolumeStore.Access access = reach(volume, request.map(3));
        if (access == null) {
            throw new CsiException(Status.Code.NOT_FOUND, "there is no volume " + volume);
        }
        VolumeId id = VolumeId.make(name, volume.url());
        return busy.with(SNAPSHOT + id, () -> {
            VolumeStore.Made made = volumes.findSnapshot(access, id.name());
            if (made == null || made.source().equals(VOLUME + volume.name())) {
                made = volumes.createSnapshot(access, id.name(), volume.name());
            }
            if (!made.source().equals(VOLUME + volume.name())) {
                throw new CsiException(
                        Status.Code.ALREADY_EXISTS, "snapshot " + name + " is there already, of " + made.source());
            }
            return new Answer().message(1, snapshot(id, volume, made));
        });
    }

    private static Answer snapshot(VolumeId id, VolumeId volume, VolumeStore.Made made) {
        long millis = made.createdEpochMs();
        Answer time = new Answer().number(1, millis / 1000).number(2, millis % 1000 * 1_000_000);
        return new Answer()
                .number(1, made.capacityBytes())
                .text(2, id.toString())
                .text(3, volume.toString())
                .message(4, time)
                .flag(5, true);
    }

    private Answer deleteSnapshot(Fields request) throws Exception {
        VolumeId id = VolumeId.parse(needed(request.text(1), "snapshot id"));
        VolumeStore.Access access = reach(id, request.map(2));
        return busy.with(SNAPSHOT + id, () -> {
            if (access != null) {
                volumes.deleteSnapshot(access, id.name());
            }
            return new Answer();
        });
    }
}
