package dev.leat.meta.fs;

/** What an inode is. */
public enum FileType {
    /** Regular file. */
    FILE(0100000),
    /** Directory. */
    DIRECTORY(0040000),
    /** Symbolic link. */
    SYMLINK(0120000),
    /** Named pipe. */
    FIFO(0010000),
    /** Unix socket. */
    SOCKET(0140000),
    /** Character device. */
    CHARACTER_DEVICE(0020000),
    /** Block device. */
    BLOCK_DEVICE(0060000);

    private final int modeBits;

    FileType(int modeBits) {
        this.modeBits = modeBits;
    }

    /** The type's bits in {@code st_mode}. */
    public int modeBits() {
        return modeBits;
    }

    /** The {@code DT_*} number of a directory entry. */
    public int dirType() {
        return modeBits >> 12;
    }

    /**
     * The type in a mode.
     *
     * @throws IllegalArgumentException if the bits name none
     */
    public static FileType ofMode(int mode) {
        for (FileType type : values()) {
            if (type.modeBits == (mode & 0170000)) {
                return type;
            }
        }
        throw new IllegalArgumentException("no file type in mode 0" + Integer.toOctalString(mode));
    }
}
