package dev.leat.kube.csi;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Volumes that are only names. */
final class MemoryVolumes implements VolumeStore {
    final Map<String, Made> volumes = new ConcurrentHashMap<>();
    final Map<String, Made> snapshots = new ConcurrentHashMap<>();
    volatile @Nullable CountDownLatch gate;
    volatile Problem.@Nullable Kind trouble;

    private void pass() throws Problem {
        Problem.Kind kind = trouble;
        if (kind != null) {
            throw new Problem(kind, "trouble", null);
        }
        CountDownLatch wait = gate;
        if (wait != null) {
            try {
                wait.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public @Nullable Made find(Access access, String name) throws Problem {
        pass();
        return volumes.get(name);
    }

    @Override
    public Made create(Access access, Made wanted) throws Problem {
        String source = wanted.source();
        boolean there = source.isEmpty()
                || volumes.containsKey(source.replaceFirst("^volume:", ""))
                || snapshots.containsKey(source.replaceFirst("^snapshot:", ""));
        if (!there) {
            throw new Problem(Problem.Kind.NOT_FOUND, source, null);
        }
        volumes.putIfAbsent(wanted.name(), wanted);
        return volumes.getOrDefault(wanted.name(), wanted);
    }

    @Override
    public void resize(Access access, String name, long capacityBytes) {
        volumes.computeIfPresent(
                name, (_, made) -> new Made(name, made.path(), capacityBytes, made.source(), made.createdEpochMs()));
    }

    @Override
    public void delete(Access access, String name) {
        volumes.remove(name);
    }

    @Override
    public @Nullable Made findSnapshot(Access access, String name) {
        return snapshots.get(name);
    }

    @Override
    public Made createSnapshot(Access access, String name, String volume) throws Problem {
        if (!volumes.containsKey(volume)) {
            throw new Problem(Problem.Kind.NOT_FOUND, volume, null);
        }
        Made made = new Made(name, "/s/" + name, 0, "volume:" + volume, 1_700_000_000_123L);
        snapshots.putIfAbsent(name, made);
        return snapshots.getOrDefault(name, made);
    }

    @Override
    public void deleteSnapshot(Access access, String name) {
        snapshots.remove(name);
    }
}
