package dev.leat.kube.csi;

import io.grpc.Status;

/** A call that fails, with the code by which Kubernetes decides what to do next, and one line for people. */
final class CsiException extends Exception {
    private static final long serialVersionUID = 1;

    private final Status.Code code;

    CsiException(Status.Code code, String message) {
        super(message);
        this.code = code;
    }

    CsiException(Status.Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** A field that must be there is not, or says what cannot be. */
    static CsiException invalid(String message) {
        return new CsiException(Status.Code.INVALID_ARGUMENT, message);
    }

    /** How gRPC tells it. */
    Status status() {
        return Status.fromCode(code).withDescription(getMessage());
    }

    Status.Code code() {
        return code;
    }
}
