package dev.leat.meta.engine.sqlite;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The keys of a feed event as bytes: for each the lengths of partition and name (u16 each), then both. */
final class FeedCodec {
    private FeedCodec() {}

    static byte[] encode(List<Key> keys) {
        int length = 0;
        for (Key key : keys) {
            length += 4 + key.partition().length() + key.name().length();
        }
        ByteBuffer out = ByteBuffer.allocate(length);
        for (Key key : keys) {
            out.putShort((short) key.partition().length())
                    .putShort((short) key.name().length());
            out.put(key.partition().unsafeArray()).put(key.name().unsafeArray());
        }
        return out.array();
    }

    static List<Key> decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        List<Key> keys = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] partition = new byte[in.getShort() & 0xffff];
            byte[] name = new byte[in.getShort() & 0xffff];
            in.get(partition).get(name);
            keys.add(new Key(Bytes.wrap(partition), Bytes.wrap(name)));
        }
        return keys;
    }
}
