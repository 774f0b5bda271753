package dev.leat.meta.engine.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** A Lua script of the engine, known to the server by its SHA-1. */
final class RedisScript {
    /** Applies a commit. */
    static final RedisScript COMMIT = new RedisScript("commit.lua");

    /** Reads keys and ranges. */
    static final RedisScript READ = new RedisScript("read.lua");

    /** All of them, to be loaded when a connection is made. */
    static final List<RedisScript> ALL = List.of(COMMIT, READ);

    private final byte[] source;
    private final byte[] sha;

    private RedisScript(String resource) {
        try (InputStream in = RedisScript.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the script " + resource + " is missing from the program");
            }
            source = in.readAllBytes();
            sha = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(source))
                    .getBytes(StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    byte[] source() {
        return source;
    }

    byte[] sha() {
        return sha;
    }
}
