package dev.leat.meta.fs;

import static dev.leat.meta.fs.FsVolume.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.ContractVolume;
import dev.leat.meta.engine.FaultyEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Random operations through several clients on a bad network, beside the plain model: every answer and the whole tree must agree. */
interface RandomContract extends FsVolume {

    @Test
    default void everyOperationHappensExactlyOnceAsInThePlainModel() throws Exception {
        long seed = ContractVolume.seed("RandomContract");
        Random random = new Random(seed);
        List<FaultyEngine> networks = new ArrayList<>();
        List<VolumeFs> mounts = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                FaultyEngine network = new FaultyEngine(client(), seed + i, FaultyEngine.Faults.SOME);
                networks.add(network);
                mounts.add(mountPatiently(network, MountSpec.of("client " + i)));
            }
            PlainFs model = new PlainFs();
            Operations operations = new Operations(model, random);
            int count = (int) (1_500 * effort());
            for (int i = 0; i < count; i++) {
                operations.step(mounts.get(random.nextInt(mounts.size())), i);
                if (i % 500 == 499) {
                    compare(model);
                }
            }
            compare(model);
            assertThat(networks.stream().mapToLong(FaultyEngine::lostReplies).sum())
                    .isPositive();
            assertThat(networks.stream().mapToLong(FaultyEngine::doubled).sum()).isPositive();
        } finally {
            mounts.forEach(VolumeFs::close);
        }
    }

    /** Mounts over a network that fails now and then. */
    static VolumeFs mountPatiently(FaultyEngine network, MountSpec spec) throws MetaException {
        while (true) {
            try {
                return VolumeFs.mount(network, spec);
            } catch (MetaException e) {
                if (e.kind() != MetaException.Kind.UNAVAILABLE) {
                    throw e;
                }
            }
        }
    }

    /** Holds the whole tree against the model, as an undisturbed client sees it. */
    private void compare(PlainFs model) throws FsException {
        for (PlainFs.Inode inode : model.all()) {
            Attr attr = fs().getattr(inode.ino);
            assertThat(List.of(attr.type(), attr.mode(), attr.uid(), attr.gid(), attr.nlink()))
                    .as("inode %s", inode.ino)
                    .containsExactly(inode.type, inode.mode, inode.uid, inode.gid, inode.links());
            assertThat(fs().listxattr(inode.ino).stream().map(Bytes::toString))
                    .containsExactlyElementsOf(inode.xattrs.keySet());
            if (inode.isDirectory()) {
                List<DirEntry> entries = FsVolume.list(fs(), inode.ino, 5, true);
                assertThat(entries.stream().map(entry -> entry.name().toString()))
                        .containsExactlyElementsOf(inode.children.keySet());
                for (DirEntry entry : entries) {
                    PlainFs.Inode child = inode.children.get(entry.name().toString());
                    assertThat(child).isNotNull();
                    assertThat(entry.ino()).isEqualTo(child.ino);
                    assertThat(entry.attr()).isEqualTo(fs().getattr(child.ino));
                    if (child.isDirectory()) {
                        assertThat(fs().parent(child.ino)).isEqualTo(inode.ino);
                    }
                }
            }
        }
    }

    /** Does random things to a file system and the model. */
    final class Operations {
        private static final FileType[] TYPES = FileType.values();

        private final PlainFs model;
        private final Random random;

        Operations(PlainFs model, Random random) {
            this.model = model;
            this.random = random;
        }

        /** Does one. */
        void step(VolumeFs fs, int number) throws FsException {
            List<PlainFs.Inode> all = model.all();
            List<PlainFs.Inode> directories =
                    all.stream().filter(PlainFs.Inode::isDirectory).toList();
            PlainFs.Inode parent = directories.get(random.nextInt(directories.size()));
            PlainFs.Inode other = directories.get(random.nextInt(directories.size()));
            PlainFs.Inode any = all.get(random.nextInt(all.size()));
            String name = "n" + random.nextInt(6);
            String newName = "n" + random.nextInt(6);
            int kind = random.nextInt(20);
            if (kind < 6) {
                create(fs, parent, name, number);
            } else if (kind < 8) {
                same(number, model.unlink(parent, name), () -> fs.unlink(parent.ino, name(name), Caller.ROOT));
            } else if (kind < 9) {
                same(number, model.rmdir(parent, name), () -> fs.rmdir(parent.ino, name(name), Caller.ROOT));
            } else if (kind < 11) {
                same(
                        number,
                        model.link(any, parent, name),
                        () -> fs.link(any.ino, parent.ino, name(name), Caller.ROOT));
            } else if (kind < 16) {
                int flags = random.nextInt(6) < 2 ? 1 + random.nextInt(2) : 0;
                same(
                        number,
                        model.rename(parent, name, other, newName, flags),
                        () -> fs.rename(parent.ino, name(name), other.ino, name(newName), flags, Caller.ROOT));
            } else {
                change(fs, any, kind, number);
            }
        }

        private void create(VolumeFs fs, PlainFs.Inode parent, String name, int number) {
            FileType type = random.nextInt(3) == 0 ? FileType.DIRECTORY : TYPES[random.nextInt(TYPES.length)];
            int mode = random.nextInt(01000);
            NewNode node = type == FileType.SYMLINK
                    ? NewNode.symlink(Bytes.of("target"))
                    : new NewNode(type, mode, 0, 0, null);
            same(number, model.create(parent, name, type, mode), () -> {
                PlainFs.Inode made = parent.children.get(name);
                if (made != null && made.ino != 0) {
                    made = null; // It was there before: an error is expected.
                }
                long ino = fs.create(parent.ino, name(name), node, Caller.ROOT).ino();
                if (made != null) {
                    made.ino = ino;
                }
            });
        }

        private void change(VolumeFs fs, PlainFs.Inode inode, int kind, int number) {
            if (kind < 18 && inode.type != FileType.SYMLINK) {
                int mode = random.nextInt(010000);
                inode.mode = mode;
                same(number, null, () -> fs.setattr(inode.ino, FsVolume.mode(mode), Caller.ROOT));
            } else if (kind < 19) {
                inode.gid = random.nextInt(5);
                if (!inode.isDirectory()) {
                    inode.mode = Modes.withoutPrivileges(inode.mode);
                }
                same(number, null, () -> fs.setattr(inode.ino, FsVolume.owner(null, inode.gid), Caller.ROOT));
            } else {
                String name = "user.x" + random.nextInt(3);
                if (inode.xattrs.remove(name) != null) {
                    same(number, null, () -> fs.removexattr(inode.ino, Bytes.of(name), Caller.ROOT));
                } else {
                    String value = "v".repeat(random.nextInt(600));
                    inode.xattrs.put(name, value);
                    same(number, null, () -> fs.setxattr(inode.ino, Bytes.of(name), Bytes.of(value), 0, Caller.ROOT));
                }
            }
        }

        /** Does something, and expects what the model said. */
        private static void same(int number, @Nullable Errno expected, NamesContract.Step step) {
            Errno found = null;
            try {
                step.run();
            } catch (FsException e) {
                found = e.errno();
            } catch (Exception e) {
                throw new AssertionError("operation " + number, e);
            }
            assertThat(found).as("operation %d", number).isEqualTo(expected);
        }
    }
}
