package dev.leat.dataset.shard;

import org.jspecify.annotations.Nullable;

/** How members lie in a shard. */
public enum ShardFormat {
    /** A tar file whose members of one sample stand together, named by the sample's key and an extension. */
    WEBDATASET("webdataset", ".tar"),
    /** Records of TensorFlow, each a {@code tf.train.Example} with one sample. */
    TFRECORD("tfrecord", ".tfrecord");

    private final String word;
    private final String extension;

    ShardFormat(String word, String extension) {
        this.word = word;
        this.extension = extension;
    }

    /** As options and files spell it. */
    public String word() {
        return word;
    }

    /** How the shards' names end. */
    public String extension() {
        return extension;
    }

    /** The format that a name shows, or null for a file that is no shard. */
    public static @Nullable ShardFormat ofName(String name) {
        for (ShardFormat format : values()) {
            if (name.endsWith(format.extension)) {
                return format;
            }
        }
        // TensorFlow's own naming puts the count behind: train.tfrecord-00000-of-00100.
        return name.contains(".tfrecord-") || name.endsWith(".tfrecords") ? TFRECORD : null;
    }

    /** The format that a word names, or null. */
    public static @Nullable ShardFormat ofWord(String word) {
        for (ShardFormat format : values()) {
            if (format.word.equals(word)) {
                return format;
            }
        }
        return null;
    }
}
