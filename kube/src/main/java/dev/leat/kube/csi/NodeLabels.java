package dev.leat.kube.csi;

import java.io.IOException;

/** Labels of the node that the plugin runs on. */
@FunctionalInterface
interface NodeLabels {
    /** There is nobody to tell. */
    NodeLabels NONE = _ -> {};

    /** Sets a label to {@code true}. */
    void set(String key) throws IOException;
}
