package dev.leat.kube.csi;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * How a volume is to be used.
 *
 * @param block whether as a device
 * @param flags mount options
 * @param mode access mode by CSI's number
 */
record Capability(boolean block, List<String> flags, int mode) {
    private static final int BLOCK = 1;
    private static final int MOUNT = 2;
    private static final int ACCESS_MODE = 3;
    private static final int READER_ONLY = 2;
    private static final int READERS_ONLY = 3;
    private static final int SINGLE_WRITER = 6;
    private static final int MODE_MAX = 7;

    static Capability of(Fields fields) throws IOException {
        return new Capability(fields.has(BLOCK), fields.message(MOUNT).texts(2), (int)
                fields.message(ACCESS_MODE).number(1));
    }

    /** The capabilities in a request's field, checked. */
    static List<Capability> all(Fields request, int number) throws IOException, CsiException {
        List<Capability> all = new ArrayList<>();
        for (Fields each : request.messages(number)) {
            all.add(of(each).checked());
        }
        if (all.isEmpty()) {
            throw CsiException.invalid("the request has no volume capability");
        }
        return all;
    }

    /** The one in a request's field, checked. */
    static Capability one(Fields request, int number) throws IOException, CsiException {
        if (!request.has(number)) {
            throw CsiException.invalid("the request has no volume capability");
        }
        return of(request.message(number)).checked();
    }

    private Capability checked() throws CsiException {
        if (block) {
            throw CsiException.invalid("volumes are file systems: volumeMode Block cannot be had");
        }
        if (mode < 1 || mode > MODE_MAX) {
            throw CsiException.invalid("access mode " + mode + " is not known");
        }
        return this;
    }

    /** Whether only one pod may have the volume. */
    boolean exclusive() {
        return mode == SINGLE_WRITER;
    }

    /** Whether nobody may write. */
    boolean readOnly() {
        return mode == READER_ONLY || mode == READERS_ONLY;
    }
}
