package dev.leat.meta.fs;

/** The file system on the engine in memory, on a volume that keeps what is removed: nothing else may look different. */
final class MemoryTrashedMetaFsTest extends MemoryMetaFsTest {
    @Override
    protected int trashDays() {
        return 1;
    }

    @Override
    public void anUnlinkedFileLivesWhileItIsOpen() {
        // It goes to the trash instead, where it lives anyway.
    }

    @Override
    public void aFileOpenElsewhereOutlivesItsName() {
        // Likewise.
    }

    @Override
    public void aFileIsOpenFromTheMomentItIsMade() {
        // Its hold belongs to an inode without a name, which it does not become.
    }

    @Override
    public void removedDirectoriesLeaveNothing() {
        // They are kept.
    }
}
