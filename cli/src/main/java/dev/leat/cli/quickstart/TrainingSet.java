package dev.leat.cli.quickstart;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A data set that looks like training data: many images, as a camera or a crawl leaves them, and a few large shards, as
 * a packing tool writes them. The same seed gives the same names, sizes and bytes; the bytes do not compress.
 *
 * @param images number of images
 * @param shards number of shards
 * @param seed where the randomness comes from
 */
record TrainingSet(int images, int shards, long seed) {
    /** Sizes of an ImageNet-like image, in bytes. */
    private static final int IMAGE_BYTES_MIN = 50 << 10;

    private static final int IMAGE_BYTES_MAX = 150 << 10;

    /** Size of a shard, in bytes. */
    private static final int SHARD_BYTES = 64 << 20;

    /** Images in one directory, as a class of a labelled set has. */
    private static final int CLASS_IMAGES = 100;

    /**
     * One file.
     *
     * @param path relative to the top
     * @param sizeBytes its size
     * @param seed of its bytes
     * @param image whether it is an image rather than a shard
     */
    record Item(String path, int sizeBytes, long seed, boolean image) {
        /** The bytes of the file from {@code offset} on, {@code length} of them. */
        byte[] bytes(long offset, int length) {
            byte[] bytes = new byte[length];
            new SplittableRandom(seed + offset).nextBytes(bytes);
            return bytes;
        }
    }

    /** All files, by name. */
    List<Item> items() {
        SplittableRandom random = new SplittableRandom(seed);
        List<Item> items = new ArrayList<>(images + shards);
        for (int i = 0; i < images; i++) {
            String path = "images/class-%02d/%05d.jpg".formatted(i / CLASS_IMAGES, i);
            items.add(new Item(path, random.nextInt(IMAGE_BYTES_MIN, IMAGE_BYTES_MAX), random.nextLong(), true));
        }
        for (int i = 0; i < shards; i++) {
            items.add(new Item("shards/train-%05d.tar".formatted(i), SHARD_BYTES, random.nextLong(), false));
        }
        return items;
    }
}
