package dev.leat.dataset.web;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Paths as addresses write them, with escapes, and as people read them. */
public final class Addresses {
    private static final String UNRESERVED = "-._~";
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private Addresses() {}

    /** A name with everything escaped that could mean something else. */
    public static String escape(String name) {
        StringBuilder escaped = new StringBuilder();
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean plain = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || UNRESERVED.indexOf(c) >= 0;
            if (plain) {
                escaped.append(c);
            } else {
                escaped.append('%').append(String.format(Locale.ROOT, "%02X", (int) c));
            }
        }
        return escaped.toString();
    }

    /** The name behind the escapes; where those are no UTF-8, one with U+FFFD for what cannot be read. */
    public static String unescape(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < raw.length; i++) {
            int high = raw[i] == '%' && i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(raw[i + 2], 16);
            if (low >= 0) {
                bytes.write(high << 4 | low);
                i += 2;
            } else {
                bytes.write(raw[i]);
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            return "\uFFFD" + bytes.toString(StandardCharsets.UTF_8);
        }
    }

    /** The names in a path, unescaped; a slash at the end gives an empty last one. */
    public static List<String> names(String path) {
        List<String> names = new ArrayList<>();
        for (String part : (path.startsWith("/") ? path.substring(1) : path).split("/", -1)) {
            names.add(unescape(part));
        }
        return names;
    }

    /** Whether two addresses name the same server: TLS or not, at the ports that belong to that. */
    public static boolean sameServer(URI a, @Nullable String scheme, @Nullable String host, int port) {
        boolean web = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
        if (!web || scheme == null || host == null || !host.equalsIgnoreCase(a.getHost())) {
            return false;
        }
        boolean ownPorts = isOwn(a.getScheme(), a.getPort()) && isOwn(scheme, port);
        return ownPorts || port(a.getScheme(), a.getPort()) == port(scheme, port);
    }

    private static boolean isOwn(String scheme, int port) {
        return port == -1 || port == port(scheme, -1);
    }

    private static int port(String scheme, int port) {
        return port != -1 ? port : scheme.equalsIgnoreCase("https") ? HTTPS_PORT : HTTP_PORT;
    }
}
