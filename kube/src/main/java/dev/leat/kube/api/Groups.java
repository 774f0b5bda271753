package dev.leat.kube.api;

/** The API groups that Leat serves, and their version. */
public final class Groups {
    /** The group of Fluid, whose manifests apply unchanged. */
    public static final String FLUID = "data.fluid.io";

    /** What Fluid's group lacks. */
    public static final String LEAT = "leat.dev";

    public static final String V1ALPHA1 = "v1alpha1";

    private Groups() {}
}
