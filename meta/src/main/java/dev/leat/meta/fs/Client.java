package dev.leat.meta.fs;

import dev.leat.meta.record.VolumeRecord;
import dev.leat.meta.session.Reader;
import dev.leat.meta.session.Session;
import dev.leat.meta.session.Transactions;
import dev.leat.sys.Errno;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of a mounted file system share.
 *
 * @param volume the volume as it was when it was mounted
 * @param session this client's session; null where nothing can be changed
 * @param transactions how everything is read and changed
 * @param inodes finds inodes by number
 * @param clock for file times
 */
public record Client(
        VolumeRecord volume, @Nullable Session session, Transactions transactions, Inodes inodes, Clock clock) {

    /** Reads without a transaction. */
    public Reader reader() {
        return transactions.reader();
    }

    /** The session of a client that can change things; EROFS for one that cannot. */
    public Session writer() throws FsException {
        if (session == null) {
            throw new FsException(Errno.EROFS);
        }
        return session;
    }

    /** The present. */
    public Time now() {
        return Time.now(clock);
    }
}
