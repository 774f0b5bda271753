package dev.leat.hdfs;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.store.Requests;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreMetrics;
import dev.leat.store.StoreOperation;
import dev.leat.store.StoreOptions;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.hdfs.DFSClient;
import org.apache.hadoop.hdfs.DFSInputStream;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.protocol.DirectoryListing;
import org.apache.hadoop.hdfs.protocol.HdfsFileStatus;
import org.apache.hadoop.ipc.RemoteException;
import org.apache.hadoop.security.AccessControlException;
import org.jspecify.annotations.Nullable;

/**
 * A directory of a Hadoop file system by its own protocol. A version is told by inode number, time of change and length. The
 * protocol has no conditions, so a file is looked at after each read: numbers and times do not come back, so what is the
 * version then was the version while it was read.
 */
final class HdfsSource implements Source {
    /** The client copies no more than this at a time when it cannot read into the destination itself. */
    private static final int STREAM_BUFFER_BYTES = 64 << 10;

    private final DistributedFileSystem files;
    private final DFSClient client;
    private final String location;
    private final String root;
    private final Requests requests;

    HdfsSource(DistributedFileSystem files, URI address, String root, StoreOptions options) {
        this.files = files;
        this.client = files.getClient();
        this.root = root.equals("/") ? "" : root;
        this.location = address.getScheme() + "://" + address.getRawAuthority() + this.root + "/";
        this.requests = new Requests(location, options.limits(), options.retries());
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public String kind() {
        return "hdfs";
    }

    private String absolute(String path) {
        String whole = path.isEmpty() ? root : root + "/" + path;
        return whole.isEmpty() ? "/" : whole;
    }

    /** What is asked of the client. */
    private interface Work<T> {
        T run() throws IOException;
    }

    private <T> T call(StoreOperation operation, String what, long bytes, Work<T> work) throws StoreException {
        return requests.call(operation, bytes, () -> {
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            // Hadoop looks for its parts by the thread's loader when it first needs them.
            thread.setContextClassLoader(HdfsSource.class.getClassLoader());
            try {
                return work.run();
            } catch (StoreException e) {
                throw e;
            } catch (IOException e) {
                throw failure(what, e);
            } finally {
                thread.setContextClassLoader(before);
            }
        });
    }

    @Override
    public void list(String directory, Sink sink) throws StoreException {
        String path = absolute(directory);
        String what = "list " + location + directory;
        byte[] after = HdfsFileStatus.EMPTY_NAME;
        DirectoryListing page;
        do {
            byte[] from = after;
            page = call(StoreOperation.LIST, what, 0, () -> {
                DirectoryListing listing = client.listPaths(path, from);
                if (listing == null) {
                    throw new FileNotFoundException(path);
                }
                return listing;
            });
            for (HdfsFileStatus status : page.getPartialListing()) {
                String name = status.getLocalName();
                if (name.isEmpty()) {
                    throw new StoreException(Kind.NOT_FOUND, "cannot " + what + ": it is a file");
                }
                if (!sink.take(new SourceEntry(name, facts(status)))) {
                    return;
                }
            }
            after = page.getLastName();
        } while (page.hasMore());
    }

    private static Facts facts(HdfsFileStatus status) throws StoreException {
        long modified = status.getModificationTime();
        if (status.isDirectory()) {
            return Facts.directory(modified);
        }
        if (status.isSymlink()) {
            String target;
            try {
                target = status.getSymlink().toString();
            } catch (IOException e) {
                throw failure("read a link", e);
            }
            return new Facts(EntryKind.LINK, target.length(), modified, null, null, target);
        }
        return Facts.file(status.getLen(), modified, status.getFileId() + "-" + modified);
    }

    @Override
    public Facts facts(String path) throws StoreException {
        return facts(call(StoreOperation.HEAD, "look up " + location + path, 0, () -> {
            HdfsFileStatus status = client.getFileInfo(absolute(path));
            if (status == null) {
                throw new FileNotFoundException(path);
            }
            return status;
        }));
    }

    @Override
    public void read(String path, Facts version, long offset, ByteBuffer destination) throws StoreException {
        int position = destination.position();
        int length = destination.remaining();
        String what = "read " + location + path;
        try {
            call(StoreOperation.GET, what, length, () -> {
                destination.position(position);
                try (DFSInputStream in = client.open(absolute(path), STREAM_BUFFER_BYTES, true)) {
                    if (in.getFileLength() < offset + length) {
                        throw changed(what, null);
                    }
                    in.readFully(offset, destination);
                }
                return true;
            });
        } catch (StoreException e) {
            // A file that was replaced meanwhile takes its blocks with it.
            if (e.kind().retryable() && !isStill(version, path)) {
                throw changed(what, e);
            }
            throw e;
        }
        if (!isStill(version, path)) {
            destination.position(position);
            throw changed(what, null);
        }
    }

    private boolean isStill(Facts version, String path) throws StoreException {
        Facts now = facts(path);
        return now.kind() == EntryKind.FILE
                && now.sizeBytes() == version.sizeBytes()
                && String.valueOf(now.validator()).equals(version.validator());
    }

    private static StoreException changed(String what, @Nullable Throwable cause) {
        return new StoreException(Kind.PRECONDITION_FAILED, what + ": it is another version by now", cause);
    }

    /** The failure in one line. */
    static StoreException failure(String what, IOException thrown) {
        IOException e = thrown instanceof RemoteException remote ? remote.unwrapRemoteException() : thrown;
        String message =
                String.valueOf(e.getMessage()).lines().findFirst().orElse("").strip();
        String line = "cannot " + what + ": ";
        if (e instanceof FileNotFoundException) {
            return new StoreException(Kind.NOT_FOUND, line + "it is not there", thrown);
        }
        if (e instanceof AccessControlException) {
            String mend = message.contains("SIMPLE") || message.contains("Kerberos") || message.contains("KERBEROS")
                    ? "; the cluster wants Kerberos: set HADOOP_CONF_DIR and log in with kinit"
                    : "; HADOOP_USER_NAME says who reads";
            return new StoreException(Kind.DENIED, line + "no permission (" + message + ")" + mend, thrown);
        }
        if (e instanceof ChecksumException) {
            return new StoreException(Kind.CORRUPT, line + message, thrown);
        }
        if (e instanceof UnknownHostException) {
            return new StoreException(
                    Kind.UNAVAILABLE, line + "the host's name is not known (" + message + ")", thrown);
        }
        String why = e instanceof EOFException ? "the connection ended" : message;
        return new StoreException(Kind.UNAVAILABLE, line + why, thrown);
    }

    @Override
    public StoreMetrics metrics() {
        return requests.metrics();
    }

    @Override
    public long retries() {
        return requests.retries();
    }

    @Override
    public long refusedRetries() {
        return requests.refusedByBudget();
    }

    @Override
    public void close() {
        try {
            files.close();
        } catch (IOException e) {
            // Nothing was written: what cannot be ended has nothing to lose.
        }
    }
}
