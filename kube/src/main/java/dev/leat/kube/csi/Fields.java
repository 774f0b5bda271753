package dev.leat.kube.csi;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A protobuf message by its field numbers. CSI's few messages are read and written by this and {@link Answer} rather than by
 * generated classes: those take a compiler for each platform at build time, and ten times the code (ADR 0023).
 * Fields that nobody asks for are passed over, as protobuf wants it.
 */
final class Fields {
    /** What is not there: all defaults. */
    static final Fields NONE = new Fields();

    /** A call's strings and maps of a few KiB; what is larger is no request. */
    private static final int MESSAGE_MAX_BYTES = 4 << 20;

    private final Map<Integer, List<Object>> values = new HashMap<>();

    private Fields() {}

    /** Reads a message to the end of the stream. */
    static Fields read(InputStream stream) throws IOException {
        CodedInputStream in = CodedInputStream.newInstance(stream);
        in.setSizeLimit(MESSAGE_MAX_BYTES);
        return read(in);
    }

    private static Fields read(CodedInputStream in) throws IOException {
        Fields fields = new Fields();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int number = WireFormat.getTagFieldNumber(tag);
            switch (WireFormat.getTagWireType(tag)) {
                case WireFormat.WIRETYPE_VARINT -> fields.add(number, in.readInt64());
                case WireFormat.WIRETYPE_LENGTH_DELIMITED -> fields.add(number, in.readByteArray());
                default -> in.skipField(tag);
            }
        }
        return fields;
    }

    private void add(int number, Object value) {
        values.computeIfAbsent(number, _ -> new ArrayList<>()).add(value);
    }

    private @Nullable Object last(int number) {
        List<Object> all = values.get(number);
        return all == null ? null : all.getLast();
    }

    /** Whether the field was sent at all. */
    boolean has(int number) {
        return values.containsKey(number);
    }

    /** A string; empty if it was not sent. */
    String text(int number) {
        return last(number) instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : "";
    }

    /** Strings. */
    List<String> texts(int number) {
        List<String> texts = new ArrayList<>();
        for (Object value : values.getOrDefault(number, List.of())) {
            if (value instanceof byte[] bytes) {
                texts.add(new String(bytes, StandardCharsets.UTF_8));
            }
        }
        return texts;
    }

    /** A number, an enum or a bool; 0 if it was not sent. */
    long number(int number) {
        return last(number) instanceof Long value ? value : 0;
    }

    /** A message within; all defaults if it was not sent. */
    Fields message(int number) throws IOException {
        return last(number) instanceof byte[] bytes ? read(CodedInputStream.newInstance(bytes)) : NONE;
    }

    /** Messages within. */
    List<Fields> messages(int number) throws IOException {
        List<Fields> all = new ArrayList<>();
        for (Object value : values.getOrDefault(number, List.of())) {
            if (value instanceof byte[] bytes) {
                all.add(read(CodedInputStream.newInstance(bytes)));
            }
        }
        return all;
    }

    /** A map of strings. */
    Map<String, String> map(int number) throws IOException {
        Map<String, String> map = new LinkedHashMap<>();
        for (Fields entry : messages(number)) {
            map.put(entry.text(1), entry.text(2));
        }
        return map;
    }
}
