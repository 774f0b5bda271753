package dev.leat.kube.report;

/**
 * The secret that the workers of a dataset share with who reads from them. A pod gets that of a dataset in its own namespace by
 * {@code GET} of {@link #PATH}, with the token by which it also reports: {@code /v1/worker-secret?dataset=NAME} answers with the
 * secret as text.
 */
public final class WorkerSecret {
    /** Where the operator gives it. */
    public static final String PATH = "/v1/worker-secret";

    /** Names the dataset. */
    public static final String DATASET = "dataset";

    private WorkerSecret() {}
}
