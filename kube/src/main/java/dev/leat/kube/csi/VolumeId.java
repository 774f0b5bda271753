package dev.leat.kube.csi;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * How a volume or snapshot is called: {@code NAME@METAURL}, so that whoever has only the id, as a deletion does, knows where it is. Where
 * the metadata URL comes from a secret, with its password, it is {@code NAME} alone.
 *
 * @param name at most 40 bytes: what the provisioner gives, or a hash of it
 * @param url without credentials; empty where it comes from a secret
 */
record VolumeId(String name, String url) {
    /** CSI's bound on strings. */
    private static final int BYTES_MAX = 128;

    private static final int NAME_MAX = 40;
    private static final int HASH_BYTES = 16;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    /**
     * The id of something new.
     *
     * @param asked the provisioner's name, unique for what is asked for
     */
    static VolumeId make(String asked, String url) throws CsiException {
        VolumeId id = new VolumeId(shortName(asked), url);
        if (id.toString().getBytes(StandardCharsets.UTF_8).length > BYTES_MAX) {
            throw CsiException.invalid(
                    "the metadata URL " + url + " is too long to be part of a volume's id; put it into"
                            + " the provisioner's secret as 'metaurl'");
        }
        return id;
    }

    private static String shortName(String asked) {
        if (asked.length() <= NAME_MAX && NAME.matcher(asked).matches()) {
            return asked;
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(asked.getBytes(StandardCharsets.UTF_8));
            return "h-" + HexFormat.of().formatHex(hash, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static VolumeId parse(String id) {
        int at = id.indexOf('@');
        return at < 0 ? new VolumeId(id, "") : new VolumeId(id.substring(0, at), id.substring(at + 1));
    }

    /** Whether it can have been made here. */
    boolean plausible() {
        return name.length() <= NAME_MAX && NAME.matcher(name).matches();
    }

    @Override
    public String toString() {
        return url.isEmpty() ? name : name + "@" + url;
    }
}
