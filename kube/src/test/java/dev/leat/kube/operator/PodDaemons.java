package dev.leat.kube.operator;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.leat.kube.report.DaemonReport;
import dev.leat.kube.report.WorkerSecret;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/**
 * What daemons in pods do, of which the tests run none: get the tokens that the API server gives to their pods, and report.
 *
 * @param client may ask for the tokens of any pod
 * @param port where the operator takes reports
 */
record PodDaemons(KubernetesClient client, int port) {
    /** Some pod whose name begins so. */
    Pod pod(String namespace, String prefix) {
        return client.pods().inNamespace(namespace).list().getItems().stream()
                .filter(pod -> pod.getMetadata().getName().startsWith(prefix))
                .findFirst()
                .orElseThrow();
    }

    /** A token that was given to this pod. */
    String token(String namespace, String pod, String audience) {
        Pod object = client.pods().inNamespace(namespace).withName(pod).require();
        TokenRequest request = client.serviceAccounts()
                .inNamespace(namespace)
                .withName("default")
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withAudiences(audience)
                        .withExpirationSeconds(600L)
                        .withNewBoundObjectRef(
                                "v1", "Pod", pod, object.getMetadata().getUid())
                        .endSpec()
                        .build());
        return request.getStatus().getToken();
    }

    /** What the operator answers to who asks for the secret of a dataset's workers. */
    HttpResponse<String> workerSecret(String token, String dataset) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            URI address = URI.create(
                    "http://127.0.0.1:" + port + WorkerSecret.PATH + "?" + WorkerSecret.DATASET + "=" + dataset);
            return http.send(
                    HttpRequest.newBuilder(address)
                            .header("Authorization", "Bearer " + token)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    /** Answers what the operator answers, an HTTP status. */
    int post(String token, DaemonReport report) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + DaemonReport.PATH))
                                    .header("Authorization", "Bearer " + token)
                                    .POST(HttpRequest.BodyPublishers.ofString(
                                            new ObjectMapper().writeValueAsString(report)))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }
}
