package dev.leat.dataset.shard;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.leat.dataset.web.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the members of a shard lie, and what their bytes add up to: enough to read a member by range, and to find the damaged
 * one. It lies beside the shard as {@code SHARD.index}: a line of JSON about the shard, then one for each member.
 *
 * @param shard the shard's name, without folders
 * @param format how it is read
 * @param sizeBytes its length
 * @param sha256 of all of it, in hexadecimal
 * @param plan what it was packed from ({@link ShardPlan#digest}); null for a shard of somebody else
 * @param samples samples or records in it
 * @param members in the order of their bytes
 */
public record ShardIndex(
        String shard,
        ShardFormat format,
        long sizeBytes,
        String sha256,
        @Nullable String plan,
        long samples,
        List<Member> members) {
    /** How the names of indexes end. */
    public static final String EXTENSION = ".index";

    private static final int FORM = 1;
    private static final JsonFactory JSON = new JsonFactory();

    /**
     * Bytes that can be read for themselves.
     *
     * @param name the file's path; of a record without names its number
     * @param offset where they begin in the shard, in bytes
     * @param sizeBytes their length
     * @param crc CRC32C of them
     * @param record where the record around them begins, in bytes; in a tar file where its header does
     */
    public record Member(String name, long offset, long sizeBytes, int crc, long record) {}

    /** The lines. */
    byte[] text() {
        ByteArrayOutputStream out = new ByteArrayOutputStream(members.size() * 120 + 512);
        try (JsonGenerator line = JSON.createGenerator(out)) {
            line.setRootValueSeparator(null);
            line.writeStartObject();
            line.writeNumberField("leat-shard-index", FORM);
            line.writeStringField("shard", shard);
            line.writeStringField("format", format.word());
            line.writeNumberField("size", sizeBytes);
            line.writeStringField("sha256", sha256);
            if (plan != null) {
                line.writeStringField("plan", plan);
            }
            line.writeNumberField("samples", samples);
            line.writeNumberField("members", members.size());
            line.writeEndObject();
            line.writeRaw('\n');
            for (Member member : members) {
                line.writeStartObject();
                line.writeStringField("name", member.name);
                line.writeNumberField("offset", member.offset);
                line.writeNumberField("size", member.sizeBytes);
                line.writeStringField("crc32c", HexFormat.of().toHexDigits(member.crc));
                line.writeNumberField("record", member.record);
                line.writeEndObject();
                line.writeRaw('\n');
            }
        } catch (IOException e) {
            throw new IllegalStateException("memory took no text", e);
        }
        return out.toByteArray();
    }

    /**
     * Reads the lines.
     *
     * @throws IOException of one line if they are no index, or less than all of one
     */
    public static ShardIndex read(byte[] text) throws IOException {
        int end = lineEnd(text, 0);
        Json head = Json.read(Arrays.copyOf(text, end));
        ShardFormat format = ShardFormat.ofWord(head.at("format").text(""));
        long count = head.at("members").number(-1);
        if (head.at("leat-shard-index").number(0) != FORM || format == null || count < 0) {
            throw new IOException("it is no index of a shard that this version knows");
        }
        List<Member> members = new ArrayList<>();
        for (int at = end + 1; at < text.length; at = end + 1) {
            end = lineEnd(text, at);
            Json line = Json.read(Arrays.copyOfRange(text, at, end));
            members.add(new Member(
                    line.at("name").text(""),
                    line.at("offset").number(-1),
                    line.at("size").number(-1),
                    crc(line.at("crc32c").text("")),
                    line.at("record").number(-1)));
        }
        if (members.size() != count) {
            throw new IOException("it has " + members.size() + " members and announces " + count);
        }
        return new ShardIndex(
                head.at("shard").text(""),
                format,
                head.at("size").number(-1),
                head.at("sha256").text(""),
                head.at("plan").text(),
                head.at("samples").number(0),
                List.copyOf(members));
    }

    private static int crc(String text) throws IOException {
        if (!text.matches("[0-9a-f]{8}")) {
            throw new IOException("'" + text + "' is no CRC32C");
        }
        return HexFormat.fromHexDigits(text);
    }

    private static int lineEnd(byte[] text, int from) throws IOException {
        for (int i = from; i < text.length; i++) {
            if (text[i] == '\n') {
                return i;
            }
        }
        throw new IOException("it ends in the middle of a line: '"
                + new String(text, from, Math.min(40, text.length - from), StandardCharsets.UTF_8) + "'");
    }
}
