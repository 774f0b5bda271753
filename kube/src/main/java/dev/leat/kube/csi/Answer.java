package dev.leat.kube.csi;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** A protobuf message being written, by its field numbers. Defaults are left out, as protobuf does. */
final class Answer {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

    @FunctionalInterface
    private interface Writing {
        void to(CodedOutputStream out) throws IOException;
    }

    private Answer write(Writing writing) {
        try {
            writing.to(out);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return this;
    }

    /** A string. */
    Answer text(int number, String value) {
        return value.isEmpty() ? this : write(to -> to.writeString(number, value));
    }

    /** A number or an enum. */
    Answer number(int number, long value) {
        return value == 0 ? this : write(to -> to.writeInt64(number, value));
    }

    /** A bool. */
    Answer flag(int number, boolean value) {
        return value ? write(to -> to.writeBool(number, true)) : this;
    }

    /** A message within, which is there even if it is empty. */
    Answer message(int number, Answer value) {
        return write(to -> to.writeByteArray(number, value.toBytes()));
    }

    /** A map of strings. */
    Answer map(int number, Map<String, String> map) {
        map.forEach((key, value) -> message(number, new Answer().text(1, key).text(2, value)));
        return this;
    }

    /** The message. */
    byte[] toBytes() {
        write(CodedOutputStream::flush);
        return bytes.toByteArray();
    }
}
