package dev.leat.kube.csi;

import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One of CSI's services being put together: calls by name, and what becomes of their failures. */
final class Service {
    private static final Logger log = LoggerFactory.getLogger(Service.class);
    private static final MethodDescriptor.Marshaller<Fields> REQUESTS = new Requests();
    private static final MethodDescriptor.Marshaller<Answer> ANSWERS = new Answers();

    private final String name;
    private final ServerServiceDefinition.Builder builder;

    /** One of CSI's own. */
    Service(String name) {
        this("csi.v1.", name);
    }

    private Service(String prefix, String name) {
        this.name = prefix + name;
        this.builder = ServerServiceDefinition.builder(this.name);
    }

    /** One that is called by its whole name. */
    static Service named(String name) {
        return new Service("", name);
    }

    /** Carries out one call. */
    @FunctionalInterface
    interface Call {
        Answer answer(Fields request) throws Exception;
    }

    /** Adds a call. */
    Service call(String method, Call call) {
        MethodDescriptor<Fields, Answer> descriptor = MethodDescriptor.<Fields, Answer>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(name, method))
                .setRequestMarshaller(REQUESTS)
                .setResponseMarshaller(ANSWERS)
                .build();
        builder.addMethod(descriptor, ServerCalls.asyncUnaryCall((request, to) -> answer(method, call, request, to)));
        return this;
    }

    ServerServiceDefinition build() {
        return builder.build();
    }

    private void answer(String method, Call call, Fields request, StreamObserver<Answer> to) {
        try {
            Answer answer = call.answer(request);
            to.onNext(answer);
            to.onCompleted();
        } catch (CsiException e) {
            log.info("{}/{}: {} {}", name, method, e.code(), e.getMessage());
            to.onError(e.status().asRuntimeException());
        } catch (VolumeStore.Problem e) {
            log.warn("{}/{}: {}", name, method, e.getMessage());
            to.onError(status(e));
        } catch (Exception e) {
            // The caller has to be answered whatever went wrong; it asks again.
            log.error("{}/{} failed", name, method, e);
            to.onError(Status.INTERNAL
                    .withDescription(String.valueOf(e.getMessage()))
                    .asRuntimeException());
        }
    }

    private static StatusRuntimeException status(VolumeStore.Problem problem) {
        Status status =
                switch (problem.kind()) {
                    case NOT_FOUND -> Status.NOT_FOUND;
                    case EXISTS -> Status.ALREADY_EXISTS;
                    case INVALID -> Status.INVALID_ARGUMENT;
                    case NO_ROOM -> Status.RESOURCE_EXHAUSTED;
                    case UNREACHABLE -> Status.UNAVAILABLE;
                };
        return status.withDescription(problem.getMessage()).asRuntimeException();
    }

    private static final class Requests implements MethodDescriptor.Marshaller<Fields> {
        @Override
        public InputStream stream(Fields value) {
            throw new UnsupportedOperationException("this end only reads requests");
        }

        @Override
        public Fields parse(InputStream stream) {
            try {
                return Fields.read(stream);
            } catch (IOException e) {
                throw Status.INVALID_ARGUMENT
                        .withDescription("the request is no message: " + e.getMessage())
                        .withCause(e)
                        .asRuntimeException();
            }
        }
    }

    private static final class Answers implements MethodDescriptor.Marshaller<Answer> {
        @Override
        public InputStream stream(Answer value) {
            return new ByteArrayInputStream(value.toBytes());
        }

        @Override
        public Answer parse(InputStream stream) {
            throw new UnsupportedOperationException("this end only writes answers");
        }
    }
}
