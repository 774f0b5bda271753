package dev.leat.kube.model;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Names of mount options in the tongues of Alluxio, Hadoop, JuiceFS and Jindo, and Leat's names for the same. */
final class SourceOptions {
    private static final Map<String, String> KNOWN = known();

    private SourceOptions() {}

    private static Map<String, String> known() {
        Map<String, String> known = new TreeMap<>();
        String[][] spellings = {
            {"endpoint", "endpoint", "alluxio.underfs.s3.endpoint", "fs.s3a.endpoint", "fs.oss.endpoint"},
            {
                "region",
                "region",
                "alluxio.underfs.s3.endpoint.region",
                "alluxio.underfs.s3.region",
                "fs.s3a.endpoint.region"
            },
            {"path-style", "path-style", "alluxio.underfs.s3.disable.dns.buckets", "fs.s3a.path.style.access"},
            {"access-key", "access-key", "aws.accessKeyId", "s3a.accessKeyId", "fs.s3a.access.key", "fs.oss.accessKeyId"
            },
            {"secret-key", "secret-key", "aws.secretKey", "s3a.secretKey", "fs.s3a.secret.key", "fs.oss.accessKeySecret"
            },
            {"session-token", "session-token", "aws.sessionToken", "fs.s3a.session.token"},
            {"anonymous", "anonymous"},
            {"requester-pays", "requester-pays", "fs.s3a.requester.pays.enabled"},
            {"freshness", "freshness"},
            {"request-limit", "request-limit"},
            {"requests-in-flight", "requests-in-flight"},
            {"download-limit", "download-limit"},
        };
        for (String[] names : spellings) {
            for (String name : names) {
                known.put(name, names[0]);
            }
        }
        return known;
    }

    /** Leat's name of an option, or null where it has none. */
    static @Nullable String translate(String name) {
        return KNOWN.get(name);
    }
}
