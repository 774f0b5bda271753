package dev.leat.testing.s3;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An answer: status, headers, and a piece of an array as the body.
 *
 * @param status HTTP status
 * @param headers without Content-Length
 * @param body array that holds the body
 * @param offset where the body begins in it
 * @param length length of the body in bytes; sent as Content-Length also where the body itself is not (HEAD)
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Reply(int status, Map<String, String> headers, byte[] body, int offset, int length) {
    private static final byte[] NONE = new byte[0];

    static Reply empty(int status) {
        return new Reply(status, new LinkedHashMap<>(), NONE, 0, 0);
    }

    static Reply xml(int status, String text) {
        byte[] bytes = ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + text).getBytes(StandardCharsets.UTF_8);
        return new Reply(status, new LinkedHashMap<>(), bytes, 0, bytes.length).with("Content-Type", "application/xml");
    }

    static Reply error(int status, String code, String message) {
        return xml(
                status,
                "<Error><Code>" + code + "</Code><Message>" + Xml.escape(message)
                        + "</Message><RequestId>0</RequestId></Error>");
    }

    /** Adds a header. */
    Reply with(String name, String value) {
        headers.put(name, value);
        return this;
    }

    boolean isError() {
        return status >= 400;
    }
}
