package dev.leat.kube.model;

import dev.leat.kube.api.MediumType;
import dev.leat.kube.api.TierLevel;
import dev.leat.kube.api.TieredStore;
import dev.leat.kube.api.VolumeType;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One level of a cache.
 *
 * @param medium what it lies on
 * @param folders where, and how many bytes each
 * @param high share of the quota at which room is made, or null for Leat's own
 * @param low share of the quota down to which room is made, or null for Leat's own
 * @param inPod whether the folders are the pod's own and go with it
 * @param source the pod's folder as the user described it, or null
 */
public record Tier(
        MediumType medium,
        List<Folder> folders,
        @Nullable String high,
        @Nullable String low,
        boolean inPod,
        @Nullable Volume source) {
    /**
     * A folder of a tier.
     *
     * @param path on the node; for a level in the pod, only a name
     * @param quotaBytes how much of it the cache may take
     */
    public record Folder(String path, long quotaBytes) {}

    /** The levels of a tiered store, fastest first; those without a quota are left out. */
    static List<Tier> of(@Nullable TieredStore store) {
        List<Tier> tiers = new ArrayList<>();
        if (store != null && store.levels() != null) {
            for (TierLevel level : store.levels()) {
                Tier tier = of(level);
                if (!tier.folders().isEmpty()) {
                    tiers.add(tier);
                }
            }
        }
        tiers.sort(Comparator.comparing(Tier::medium));
        return List.copyOf(tiers);
    }

    private static Tier of(TierLevel level) {
        MediumType medium = level.mediumtype() == null ? MediumType.MEM : level.mediumtype();
        // Memory is charged to whoever fills it, so it has to be the pod's: then it is inside of the pod's limit, and
        // goes when the pod goes.
        boolean inPod = level.volumeType() == VolumeType.EMPTY_DIR || medium == MediumType.MEM;
        return new Tier(medium, folders(level), level.high(), level.low(), inPod, level.volumeSource());
    }

    private static List<Folder> folders(TierLevel level) {
        List<String> paths = words(level.path() == null ? "/cache" : level.path());
        List<String> quotas = words(level.quotaList() == null ? "" : level.quotaList());
        List<Folder> folders = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++) {
            long quotaBytes;
            if (i < quotas.size()) {
                quotaBytes = bytes(new Quantity(quotas.get(i)));
            } else {
                quotaBytes = level.quota() == null ? 0 : bytes(level.quota()) / paths.size();
            }
            if (quotaBytes > 0) {
                folders.add(new Folder(paths.get(i), quotaBytes));
            }
        }
        return folders;
    }

    private static List<String> words(String list) {
        List<String> words = new ArrayList<>();
        for (String word : list.split(",")) {
            if (!word.isBlank()) {
                words.add(word.strip());
            }
        }
        return words;
    }

    static long bytes(Quantity quantity) {
        return Quantity.getAmountInBytes(quantity).longValue();
    }

    /** Room of all folders. */
    public long quotaBytes() {
        return folders.stream().mapToLong(Folder::quotaBytes).sum();
    }
}
