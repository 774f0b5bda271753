package dev.leat.dataset.manifest;

import java.io.IOException;

/** A manifest that is damaged, cut off or forged, or that needs a newer program; one line says which. */
public final class ManifestException extends IOException {
    private static final long serialVersionUID = 1L;

    /** With one line. */
    public ManifestException(String message) {
        super(message);
    }
}
