package dev.leat.kube.csi;

import java.util.List;
import java.util.Map;

/** The drivers that one plugin serves: the same volumes in different people's words. */
public enum Driver {
    /** Leat's own. */
    LEAT("csi.leat.dev"),
    /** That of manifests written for JuiceFS. */
    JUICEFS("csi.juicefs.com"),
    /** That of datasets, whose FUSE pods others start. */
    FLUID("fuse.csi.fluid.io");

    private final String text;

    Driver(String text) {
        this.text = text;
    }

    /** As Kubernetes knows it. */
    public String text() {
        return text;
    }

    /**
     * The driver of a name.
     *
     * @throws IllegalArgumentException naming those that there are
     */
    public static Driver of(String name) {
        for (Driver driver : values()) {
            if (driver.text.equals(name)) {
                return driver;
            }
        }
        throw new IllegalArgumentException(
                "there is no driver '" + name + "'; there are csi.leat.dev, csi.juicefs.com and fuse.csi.fluid.io");
    }

    /** Arguments of {@code leat mount} for mount options as this driver's users write them. */
    List<String> arguments(List<String> options) throws CsiException {
        return this == JUICEFS ? JuiceFsOptions.translate(options) : LeatOptions.translate(options);
    }

    /** Where in a Leat volume a PersistentVolume lies that was not made here. */
    static String path(Map<String, String> context) {
        for (String key : List.of("path", "subdir", "subPath", "subpath")) {
            String path = context.getOrDefault(key, "");
            if (!path.isEmpty()) {
                return path;
            }
        }
        return "";
    }
}
