package dev.leat.kube.csi;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes and removes directories of Leat volumes that serve as Kubernetes volumes. Implemented by whoever knows the data path.
 * Everything can be asked twice.
 */
public interface VolumeStore {

    /**
     * Which Leat volume.
     *
     * @param metaUrl its metadata URL, with whatever credentials it needs
     * @param bucket where its objects go if it has yet to be made; null if it must be there
     * @param environment credentials of the bucket, by the names of environment variables
     */
    record Access(String metaUrl, @Nullable String bucket, Map<String, String> environment) {

        /** The metadata URL without its password, as other processes and logs may see it. */
        public String openUrl() {
            return Parameters.redact(metaUrl);
        }
    }

    /**
     * A directory that was made for somebody.
     *
     * @param name its name in the register
     * @param path where it lies in the Leat volume, with a slash in front
     * @param capacityBytes its quota; 0 for none
     * @param source what it is a copy of: {@code volume:NAME} or {@code snapshot:NAME}; empty if it began empty
     * @param createdEpochMs when it was made, in milliseconds since 1970
     */
    record Made(String name, String path, long capacityBytes, String source, long createdEpochMs) {}

    /** Why something could not be done. */
    final class Problem extends Exception {
        private static final long serialVersionUID = 1;

        /** Kinds of problems. */
        public enum Kind {
            /** What it is about is not there. */
            NOT_FOUND,
            /** It is there, and is something else. */
            EXISTS,
            /** What was asked makes no sense. */
            INVALID,
            /** No room. */
            NO_ROOM,
            /** Metadata or store cannot be reached; the same may succeed later. */
            UNREACHABLE
        }

        private final Kind kind;

        /** With one line for people. */
        public Problem(Kind kind, String message, @Nullable Throwable cause) {
            super(message, cause);
            this.kind = kind;
        }

        /** Which kind. */
        public Kind kind() {
            return kind;
        }
    }

    /** The volume of that name; null if there is none. */
    @Nullable
    Made find(Access access, String name) throws Problem;

    /**
     * Makes a volume, as a copy by reference of another one or of a snapshot if {@code source} says so. If it is there already that
     * one is given, whatever it is.
     */
    Made create(Access access, Made wanted) throws Problem;

    /** Sets a volume's quota. */
    void resize(Access access, String name, long capacityBytes) throws Problem;

    /** Removes a volume and what is in it; one that is not there is fine. */
    void delete(Access access, String name) throws Problem;

    /** The snapshot of that name; its source is {@code volume:NAME}. */
    @Nullable
    Made findSnapshot(Access access, String name) throws Problem;

    /** Takes a snapshot by reference, or gives the one of that name that is there. */
    Made createSnapshot(Access access, String name, String volume) throws Problem;

    /** Removes a snapshot; one that is not there is fine. */
    void deleteSnapshot(Access access, String name) throws Problem;
}
