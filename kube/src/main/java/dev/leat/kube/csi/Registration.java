package dev.leat.kube.csi;

import io.grpc.ServerServiceDefinition;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the kubelet of a driver: the kubelet finds a socket in its folder of registrations and asks it for the driver's name and socket.
 * So no sidecar is needed for that.
 */
final class Registration {
    private static final Logger log = LoggerFactory.getLogger(Registration.class);

    /** As a CSI driver; the kubelet knows other kinds of plugins too. */
    private static final String KIND = "CSIPlugin";

    private static final String VERSION = "1.0.0";

    private Registration() {}

    /** The socket of a driver in the kubelet's folder. */
    static Path socket(Path folder, Driver driver) {
        return folder.resolve(driver.text() + "-reg.sock");
    }

    /** Of a driver that listens at {@code endpoint}, a path that the kubelet has to see under the same name. */
    static ServerServiceDefinition of(Driver driver, Path endpoint) {
        return Service.named("pluginregistration.Registration")
                .call(
                        "GetInfo",
                        _ -> new Answer()
                                .text(1, KIND)
                                .text(2, driver.text())
                                .text(3, endpoint.toString())
                                .text(4, VERSION))
                .call("NotifyRegistrationStatus", request -> {
                    if (request.number(1) != 0) {
                        log.info("the kubelet knows {}", driver.text());
                    } else {
                        log.error("the kubelet does not take {}: {}", driver.text(), request.text(2));
                    }
                    return new Answer();
                })
                .build();
    }
}
