package dev.leat.dataset.erofs;

import dev.leat.cache.BlobCache;
import dev.leat.cache.Loan;
import dev.leat.dataset.source.EntryKind;
import dev.leat.store.Blob;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images of a cache folder. A tree's image is made when it is first mounted and used again as long as the cache has the same
 * files whole: those have devices to themselves, which are the cache's own files, and the kernel reads them without anybody's
 * help.
 */
public final class ImageStore {
    private static final Logger log = LoggerFactory.getLogger(ImageStore.class);

    /** Changes when the same tree is written in another way. */
    private static final String FORMAT = "1";

    private static final String IMAGE = ".erofs";
    private static final String EXTENTS = ".extents";

    /** Smaller blobs share files of the cache. */
    private static final long OWN_FILE_BYTES = 4L << 20;

    /** Images that are kept. Somebody who has one mounted keeps it also after it was deleted. */
    private static final int KEPT = 8;

    private final Path folder;
    private final BlobCache cache;
    private final Predicate<Path> usable;

    /**
     * An image to be mounted.
     *
     * @param image its file
     * @param extents where files lie on shared devices
     * @param loans the cache's files that devices of their own are, by the device's number less one; null for shared devices
     */
    public record Ready(Path image, Extents extents, List<@Nullable Loan> loans) implements AutoCloseable {
        /** Files that have a device to themselves. */
        public int whole() {
            return (int) loans.stream().filter(loan -> loan != null).count();
        }

        /** Gives back the cache's files, and nothing more: somebody may still read from shared devices. */
        public void giveBack() {
            ImageStore.giveBack(loans);
        }

        @Override
        public void close() throws IOException {
            giveBack();
            extents.close();
        }
    }

    /**
     * The images in a folder.
     *
     * @param folder is created when needed
     * @param usable whether a file's path can be handed to the kernel as a device
     */
    public ImageStore(Path folder, BlobCache cache, Predicate<Path> usable) {
        this.folder = folder;
        this.cache = cache;
        this.usable = usable;
    }

    /** Finds or makes the image of a tree; the result is closed when it is no longer mounted. */
    public Ready ready(SealedTree tree) throws IOException {
        Files.createDirectories(folder);
        for (Path image : images(tree.identity() + "-" + FORMAT + "-*")) {
            Ready found = reuse(tree, image);
            if (found != null) {
                return found;
            }
        }
        long start = System.nanoTime();
        Ready made = make(tree);
        log.info(
                "made the image {} of {} bytes with {} whole files in {} ms",
                made.image(),
                Files.size(made.image()),
                made.whole(),
                (System.nanoTime() - start) / 1_000_000);
        prune();
        return made;
    }

    /** An image, and when it was used last. */
    private record Aged(Path path, FileTime used) {}

    /** Images of a name, that which was used last first. */
    private List<Path> images(String name) throws IOException {
        List<Aged> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, name + IMAGE)) {
            for (Path path : files) {
                found.add(new Aged(path, Files.getLastModifiedTime(path)));
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return found.stream()
                .sorted(Comparator.comparing(Aged::used).reversed())
                .map(Aged::path)
                .toList();
    }

    private static Path extentsOf(Path image) {
        String name = String.valueOf(image.getFileName());
        return image.resolveSibling(name.substring(0, name.length() - IMAGE.length()) + EXTENTS);
    }

    private static void giveBack(List<@Nullable Loan> loans) {
        for (Loan loan : loans) {
            if (loan != null) {
                loan.close();
            }
        }
    }

    /** Null if the cache has other files whole than when the image was made. */
    private @Nullable Ready reuse(SealedTree tree, Path image) throws IOException {
        Extents extents;
        try {
            extents = Extents.open(extentsOf(image));
        } catch (IOException e) {
            log.warn("{}", e.getMessage());
            return null;
        }
        List<@Nullable Loan> loans = new ArrayList<>();
        boolean same = false;
        try {
            same = lendAll(tree, extents, loans) && !moreIsWhole(tree, extents);
        } finally {
            if (!same) {
                giveBack(loans);
                extents.close();
            }
        }
        if (!same) {
            return null;
        }
        Files.setLastModifiedTime(image, FileTime.from(Instant.now()));
        return new Ready(image, extents, loans);
    }

    private boolean lendAll(SealedTree tree, Extents extents, List<@Nullable Loan> loans) throws IOException {
        for (Device device : extents.devices()) {
            Loan loan = null;
            if (!device.isShared()) {
                loan = lend(tree.blob(device.reference()));
                if (loan == null) {
                    return false;
                }
            }
            loans.add(loan);
        }
        return true;
    }

    private boolean moreIsWhole(SealedTree tree, Extents extents) throws IOException {
        if (extents.devices().size() >= Layout.DEVICES_MAX - 1) {
            return false;
        }
        for (long i = 0; i < extents.count(); i++) {
            int device = extents.device(i);
            boolean last = i + 1 == extents.count() || extents.device(i + 1) != device;
            long end = last ? extents.devices().get(device - 1).sizeBytes() : extents.startBytes(i + 1);
            if (end - extents.startBytes(i) < OWN_FILE_BYTES) {
                continue;
            }
            Loan loan = lend(tree.blob(extents.reference(i)));
            if (loan != null) {
                loan.close();
                return true;
            }
        }
        return false;
    }

    private @Nullable Loan lend(Blob blob) throws IOException {
        if (blob.sizeBytes() < OWN_FILE_BYTES) {
            return null;
        }
        Loan loan = cache.lendPadded(blob);
        if (loan != null && !usable.test(loan.path())) {
            loan.close();
            return null;
        }
        return loan;
    }

    private Ready make(SealedTree tree) throws IOException {
        Path newImage = temporary(IMAGE);
        Path newExtents = temporary(EXTENTS);
        List<@Nullable Loan> loans = new ArrayList<>();
        boolean done = false;
        try {
            List<Device> devices = write(tree, newImage, newExtents, loans);
            Path image = folder.resolve(tree.identity() + "-" + FORMAT + "-" + wholeFiles(devices) + IMAGE);
            // Whoever finds an image finds its extents. Another daemon that makes the same makes the same bytes.
            Files.move(newExtents, extentsOf(image), StandardCopyOption.ATOMIC_MOVE);
            Files.move(newImage, image, StandardCopyOption.ATOMIC_MOVE);
            Ready ready = new Ready(image, Extents.open(extentsOf(image)), loans);
            done = true;
            return ready;
        } finally {
            if (!done) {
                giveBack(loans);
                Files.deleteIfExists(newImage);
                Files.deleteIfExists(newExtents);
            }
        }
    }

    private List<Device> write(SealedTree tree, Path newImage, Path newExtents, List<@Nullable Loan> loans)
            throws IOException {
        int flags = Open.RDWR | Open.CREAT | Open.TRUNC;
        try (FileHandle imageFile = FileHandle.open(newImage, flags, 0600);
                FileHandle extentsFile = FileHandle.open(newExtents, flags, 0600);
                ImageWriter writer = new ImageWriter(imageFile, extentsFile, tree.root(), folder)) {
            List<Loan> whole = new ArrayList<>();
            try {
                tree.entries(entry -> write(tree, writer, entry, whole));
            } catch (IOException | RuntimeException e) {
                whole.forEach(Loan::close);
                throw e;
            }
            loans.addAll(whole);
            UUID uuid = UUID.nameUUIDFromBytes(tree.identity().getBytes(StandardCharsets.US_ASCII));
            List<Device> devices =
                    writer.finish(uuid, tree.root().modifiedSeconds()).devices();
            for (int i = 0; i < devices.size(); i++) {
                if (devices.get(i).isShared()) {
                    loans.add(i, null);
                }
            }
            return devices;
        }
    }

    /** Names which files have a device to themselves: with the tree that determines every byte of an image. */
    private static String wholeFiles(List<Device> devices) {
        ByteBuffer references = ByteBuffer.allocate(devices.size() * Long.BYTES);
        devices.forEach(device -> references.putLong(device.reference()));
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(references.array());
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private Path temporary(String suffix) {
        return folder.resolve("new-" + ProcessHandle.current().pid() + "-" + System.nanoTime() + suffix + ".tmp");
    }

    private void write(SealedTree tree, ImageWriter writer, ImageEntry entry, List<Loan> whole) throws IOException {
        if (entry.kind() == EntryKind.FILE && entry.sizeBytes() >= OWN_FILE_BYTES) {
            Loan loan = lend(tree.blob(entry.reference()));
            if (loan != null) {
                if (writer.addWithDevice(entry)) {
                    whole.add(loan);
                    return;
                }
                loan.close();
            }
        }
        writer.add(entry);
    }

    /** Deletes the images that were not used for longest. */
    private void prune() {
        try {
            List<Path> all = images("*");
            for (Path old : all.subList(Math.min(KEPT, all.size()), all.size())) {
                Files.deleteIfExists(old);
                Files.deleteIfExists(extentsOf(old));
            }
        } catch (IOException e) {
            log.warn("old images in {} are not removed: {}", folder, e.getMessage());
        }
    }
}
