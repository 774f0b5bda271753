package dev.leat.cli.mount;

import dev.leat.dataset.erofs.Device;
import dev.leat.dataset.erofs.DeviceReader;
import dev.leat.fuse.session.FuseException;
import dev.leat.fuse.session.FuseOperations;
import dev.leat.fuse.session.ReadReply;
import dev.leat.fuse.session.Request;
import dev.leat.fuse.wire.Attr;
import dev.leat.fuse.wire.AttrOut;
import dev.leat.fuse.wire.EntryOut;
import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.OpenOut;
import dev.leat.fuse.wire.ReadIn;
import dev.leat.fuse.wire.ReleaseIn;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file system that nobody sees but EROFS: one file for each shared device, by the device's number. What a program is told when
 * bytes cannot be had is EIO, whatever the reason, so the last reason is kept for who asks the daemon.
 */
final class DeviceFiles implements FuseOperations {
    private static final Logger log = LoggerFactory.getLogger(DeviceFiles.class);

    private static final int MODE_DIRECTORY = 0040500;
    private static final int MODE_FILE = 0100400;
    private static final int SECTOR_BYTES = 512;
    private static final int BLOCK_BYTES = 4096;
    private static final long FOR_GOOD_NS = TimeUnit.DAYS.toNanos(1);

    private final List<Device> devices;
    private final DeviceReader reader;
    private final LongAdder reads = new LongAdder();
    private final LongAdder readBytes = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final Failures listener;
    private volatile @Nullable String lastFailure;

    /** Hears of reads that failed. */
    @FunctionalInterface
    interface Failures {
        /** The bytes of a file could not be had. */
        void failed(String path, IOException why);
    }

    DeviceFiles(List<Device> devices, DeviceReader reader, Failures listener) {
        this.devices = devices;
        this.reader = reader;
        this.listener = listener;
    }

    /** The name of a device's file. */
    static String name(int device) {
        return Integer.toString(device);
    }

    /** Reads that the kernel could not answer from its own memory. */
    long reads() {
        return reads.sum();
    }

    /** Bytes of these. */
    long readBytes() {
        return readBytes.sum();
    }

    /** Reads that failed. */
    long failures() {
        return failures.sum();
    }

    /** When, of which object and why a read failed last; null if none did. */
    @Nullable
    String lastFailure() {
        return lastFailure;
    }

    private static long node(int device) {
        return Fuse.ROOT_ID + device;
    }

    /** The number of the device that a node is; 0 for the root. */
    private int device(long node) throws FuseException {
        long device = node - Fuse.ROOT_ID;
        if (device < 0 || device > devices.size()) {
            throw new FuseException(Errno.ESTALE);
        }
        return (int) device;
    }

    private Attr attr(int device) {
        long size = device == 0 ? 0 : devices.get(device - 1).sizeBytes();
        return new Attr(
                node(device),
                size,
                size / SECTOR_BYTES,
                0,
                0,
                0,
                0,
                0,
                0,
                device == 0 ? MODE_DIRECTORY : MODE_FILE,
                device == 0 ? 2 : 1,
                0,
                0,
                0,
                BLOCK_BYTES);
    }

    @Override
    public EntryOut lookup(Request request, byte[] name) throws IOException {
        String wanted = new String(name, StandardCharsets.UTF_8);
        for (int device = 1; device <= devices.size(); device++) {
            if (devices.get(device - 1).isShared() && wanted.equals(name(device))) {
                return new EntryOut(node(device), 0, FOR_GOOD_NS, FOR_GOOD_NS, attr(device));
            }
        }
        throw new FuseException(Errno.ENOENT);
    }

    @Override
    public AttrOut getattr(Request request, @Nullable Long fh) throws IOException {
        return new AttrOut(attr(device(request.nodeid())), FOR_GOOD_NS);
    }

    @Override
    public OpenOut open(Request request, int flags, int openFlags) throws IOException {
        // EROFS keeps the pages; a second copy here would take memory for nothing.
        return new OpenOut(device(request.nodeid()), Fuse.FOPEN_DIRECT_IO | Fuse.FOPEN_NOFLUSH);
    }

    @Override
    public boolean tryRead(Request request, ReadIn in, ReadReply reply) {
        if (!reader.tryRead((int) in.fh(), in.offset(), reply.buffer(), in.size())) {
            return false;
        }
        answer(in, reply);
        return true;
    }

    @Override
    public void read(Request request, ReadIn in, ReadReply reply) throws IOException {
        try {
            reader.read((int) in.fh(), in.offset(), reply.buffer(), in.size());
        } catch (IOException e) {
            failed(path(in), e);
            throw new FuseException(Errno.EIO);
        }
        answer(in, reply);
    }

    private String path(ReadIn in) {
        String path = null;
        try {
            path = reader.path((int) in.fh(), in.offset());
        } catch (IOException e) {
            log.debug("a failed read cannot be named: {}", e.getMessage());
        }
        return path == null ? "byte " + in.offset() + " of device " + in.fh() : path;
    }

    private void failed(String path, IOException why) {
        failures.increment();
        lastFailure = Instant.now() + " " + path + ": " + why.getMessage();
        log.error("readers of {} get EIO: {}", path, why.getMessage());
        listener.failed(path, why);
    }

    private void answer(ReadIn in, ReadReply reply) {
        reads.increment();
        readBytes.add(in.size());
        reply.filled(in.size());
    }

    @Override
    public void release(Request request, ReleaseIn in) {}
}
