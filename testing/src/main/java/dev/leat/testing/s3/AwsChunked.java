package dev.leat.testing.s3;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/** The framing {@code aws-chunked}: chunks with signatures, then trailers with checksums. Signatures are not checked. */
final class AwsChunked {
    private AwsChunked() {}

    /** Takes the framing off; the trailers are added to the headers. */
    static byte[] decode(byte[] framed, Map<String, String> headers) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(framed.length);
        int at = 0;
        while (true) {
            int end = lineEnd(framed, at);
            String head = text(framed, at, end);
            int semicolon = head.indexOf(';');
            int size = Integer.parseInt(semicolon < 0 ? head : head.substring(0, semicolon), 16);
            at = end + 2;
            if (size == 0) {
                break;
            }
            bytes.write(framed, at, size);
            at += size + 2;
        }
        while (at < framed.length) {
            int end = lineEnd(framed, at);
            String trailer = text(framed, at, end);
            int colon = trailer.indexOf(':');
            if (colon > 0) {
                headers.put(
                        trailer.substring(0, colon).toLowerCase(Locale.ROOT),
                        trailer.substring(colon + 1).strip());
            }
            at = end + 2;
        }
        return bytes.toByteArray();
    }

    private static int lineEnd(byte[] framed, int from) throws IOException {
        for (int i = from; i + 1 < framed.length; i++) {
            if (framed[i] == '\r' && framed[i + 1] == '\n') {
                return i;
            }
        }
        throw new IOException("a line of an aws-chunked body has no end");
    }

    private static String text(byte[] framed, int begin, int end) {
        return new String(framed, begin, end - begin, StandardCharsets.ISO_8859_1);
    }
}
