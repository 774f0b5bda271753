package dev.leat.vfs;

import java.io.IOException;

/** The kernel's side of passthrough: it reads a registered file by itself, without asking this process. */
public interface Passthrough {
    /**
     * Registers a file.
     *
     * @param descriptor open for reading; may be closed afterwards
     * @return a number above 0 for answers to OPEN
     */
    int register(int descriptor) throws IOException;

    /** Forgets a registered file that nobody has open any more. */
    void forget(int number);
}
