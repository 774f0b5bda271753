package dev.leat.kube.csi;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a new volume lies: {@code ${.pvc.namespace}/${.pvc.name}} and the like, as JuiceFS writes it. */
final class PathPattern {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{\\.([A-Za-z.]+)}");
    private static final Map<String, String> PARAMETERS = Map.of(
            "pvc.name", "csi.storage.k8s.io/pvc/name",
            "pvc.namespace", "csi.storage.k8s.io/pvc/namespace",
            "pv.name", "csi.storage.k8s.io/pv/name");

    private PathPattern() {}

    /** The path that a pattern gives, without a slash in front. */
    static String apply(String pattern, Map<String, String> parameters) throws CsiException {
        Matcher matcher = VARIABLE.matcher(pattern);
        StringBuilder path = new StringBuilder();
        while (matcher.find()) {
            String parameter = PARAMETERS.get(matcher.group(1).toLowerCase(Locale.ROOT));
            if (parameter == null) {
                throw CsiException.invalid("pathPattern has '" + matcher.group()
                        + "', which is not known; there are ${.pvc.name}, ${.pvc.namespace} and ${.pv.name}");
            }
            String value = parameters.get(parameter);
            if (value == null) {
                throw CsiException.invalid("pathPattern needs '" + parameter
                        + "', which the provisioner sends when it runs with --extra-create-metadata");
            }
            matcher.appendReplacement(path, Matcher.quoteReplacement(value));
        }
        matcher.appendTail(path);
        return checked(path.toString());
    }

    /** A path that leads to somewhere below. */
    static String checked(String path) throws CsiException {
        String below = path.replaceAll("^/+|/+$", "");
        for (String name : below.split("/", -1)) {
            if (name.isEmpty() || name.equals(".") || name.equals("..") || name.startsWith("${")) {
                throw CsiException.invalid("'" + path + "' is no path within a volume");
            }
        }
        return below;
    }
}
