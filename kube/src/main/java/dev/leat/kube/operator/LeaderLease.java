package dev.leat.kube.operator;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;

/**
 * The Lease by which replicas agree on who leads. The chart makes it, empty, as it makes Leat's Secrets; the client's elections know
 * only one that was held before, so that is what an empty one is made to look like.
 */
final class LeaderLease {
    private LeaderLease() {}

    /**
     * Makes an empty Lease one that nobody holds.
     *
     * @throws IOException if there is none
     */
    static void prepare(KubernetesClient client, String namespace, String name, Duration length) throws IOException {
        Lease lease = client.leases().inNamespace(namespace).withName(name).get();
        if (lease == null) {
            throw new IOException("there is no Lease " + name + " in the namespace " + namespace
                    + "; the chart and install.yaml make it: apply them again");
        }
        if (lease.getSpec() != null && lease.getSpec().getLeaseDurationSeconds() != null) {
            return;
        }
        ZonedDateTime longAgo = Instant.EPOCH.atZone(ZoneOffset.UTC);
        LeaseSpec spec = new LeaseSpec();
        spec.setHolderIdentity("");
        spec.setLeaseDurationSeconds(Math.toIntExact(length.toSeconds()));
        spec.setAcquireTime(longAgo);
        spec.setRenewTime(longAgo);
        lease.setSpec(spec);
        try {
            client.resource(lease).update();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            // Another replica was faster.
        }
    }
}
