package dev.leat.dataset.registry;

import java.io.IOException;

/** A registry has not what was asked for, or refuses what was wanted; one line says what and how to mend it. */
public final class RegistryException extends IOException {
    private static final long serialVersionUID = 1L;

    /** With one line. */
    public RegistryException(String message) {
        super(message);
    }
}
