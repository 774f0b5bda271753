package dev.leat.cli.mount;

import dev.leat.fuse.session.FuseSession;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A sealed version in the tree of this machine, in one of the ways in which the kernel can be given it. */
interface ServedVersion extends AutoCloseable {
    /** The kernel's session with this process; it ends when nobody uses the mount any more. */
    FuseSession session();

    /** Takes the mount out of the tree. */
    void unmount(boolean lazy) throws IOException;

    /** The way, in words. */
    String way();

    /** What else there is to tell. */
    Map<String, @Nullable Object> facts();

    @Override
    void close() throws IOException;
}
