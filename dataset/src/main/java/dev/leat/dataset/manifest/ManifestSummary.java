package dev.leat.dataset.manifest;

import dev.leat.dataset.source.EntryKind;

/**
 * What a whole manifest comes to.
 *
 * @param strength by what bytes are known
 * @param files number of files
 * @param directories number of directories, the root included
 * @param links number of symbolic links
 * @param bytes length of all files in bytes
 * @param tree identity of the tree: digest of all that belongs to it
 * @param manifest digest of everything in the manifest
 */
public record ManifestSummary(
        Strength strength, long files, long directories, long links, long bytes, Sha256 tree, Sha256 manifest) {
    /** Names in it, the root included. */
    public long entries() {
        return files + directories + links;
    }

    /** Adds up while entries pass by. */
    static final class Count {
        private long files;
        private long directories;
        private long links;
        private long bytes;

        void add(ManifestEntry entry) {
            switch (entry.kind()) {
                case FILE -> files++;
                case DIRECTORY -> directories++;
                case LINK -> links++;
            }
            bytes += entry.kind() == EntryKind.FILE ? entry.sizeBytes() : 0;
        }

        ManifestSummary with(Strength strength, Sha256 tree, Sha256 manifest) {
            return new ManifestSummary(strength, files, directories, links, bytes, tree, manifest);
        }
    }
}
