package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import org.jspecify.annotations.Nullable;

/** One level of a cache: its medium, its folders and its limits. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value =
                "!has(self.quotaList) || !has(self.path) || self.quotaList.split(',').size() == self.path.split(',').size()",
        message = "quotaList must name one size for each path in path, in the same order")
@ValidationRule(
        value = "!has(self.high) || self.high.matches('^(0[.][0-9]+|1|1[.]0+)$')",
        message = "high must be a ratio such as \"0.95\"")
@ValidationRule(
        value = "!has(self.low) || self.low.matches('^(0|0[.][0-9]+|1|1[.]0+)$')",
        message = "low must be a ratio such as \"0.7\"")
@ValidationRule(
        value =
                "!has(self.high) || !has(self.low) || !self.high.matches('^(0[.][0-9]+|1|1[.]0+)$') || !self.low.matches('^(0|0[.][0-9]+|1|1[.]0+)$') || double(self.low) <= double(self.high)",
        message = "low must not be above high")
@ValidationRule(
        value = "!has(self.path) || self.path.split(',').all(p, p.startsWith('/'))",
        message = "path must be absolute; several are separated by commas")
public record TierLevel(
        @Required @Nullable MediumType mediumtype,
        @Default("hostPath") @Nullable VolumeType volumeType,
        @Nullable Volume volumeSource,
        @Size(min = 1, max = 4096) @Nullable String path,
        @Nullable Quantity quota,

        @Size(max = 1024) @Pattern(TierLevel.QUANTITIES) @Nullable
        String quotaList,

        @Size(max = 16) @Nullable String high,
        @Size(max = 16) @Nullable String low) {
    /** Two or more quantities, with commas between. */
    static final String QUANTITIES = "^([+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?,)*"
            + "[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$";
}
