package dev.leat.fuse.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A program of its own that prints a file through a memory map and changes its first word through it. */
final class MapProbe {
    private MapProbe() {}

    public static void main(String[] args) throws IOException {
        try (FileChannel channel =
                FileChannel.open(Path.of(args[0]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer map = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
            byte[] text = new byte[(int) channel.size()];
            map.get(0, text);
            System.out.println(new String(text, UTF_8));
            map.put(0, "new".getBytes(UTF_8));
            map.force();
        }
    }
}
