package dev.leat.kube.csi;

import io.grpc.ServerServiceDefinition;

/** Says what the plugin is. */
final class IdentityService {
    private static final int CONTROLLER_SERVICE = 1;
    private static final int ONLINE = 1;

    private final Driver driver;
    private final String version;

    IdentityService(Driver driver, String version) {
        this.driver = driver;
        this.version = version;
    }

    ServerServiceDefinition definition() {
        return new Service("Identity")
                .call("GetPluginInfo", _ -> new Answer().text(1, driver.text()).text(2, version))
                .call("GetPluginCapabilities", _ -> capabilities())
                .call("Probe", _ -> new Answer().message(1, new Answer().flag(1, true)))
                .build();
    }

    private Answer capabilities() {
        Answer service = new Answer().message(1, new Answer().number(1, CONTROLLER_SERVICE));
        Answer answer = new Answer().message(1, service);
        // The volumes of datasets are made by the operator, and have no size of their own.
        return driver == Driver.FLUID
                ? answer
                : answer.message(1, new Answer().message(2, new Answer().number(1, ONLINE)));
    }
}
