package dev.leat.cache;

import dev.leat.store.BlobId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** All ranges on their way, by block: so that no byte is fetched twice at the same time. */
final class Flights {
    private record Key(BlobId blob, int block) {}

    private final ConcurrentHashMap<Key, List<Flight>> byBlock = new ConcurrentHashMap<>();

    /** A flight that overlaps the range, held for the caller, or null. */
    @Nullable
    Flight find(BlobId blob, int block, int from, int to) {
        Flight[] found = new Flight[1];
        byBlock.computeIfPresent(new Key(blob, block), (key, list) -> {
            found[0] = overlapping(list, from, to);
            return list;
        });
        return found[0];
    }

    /** Registers a flight, unless one overlaps it: then that one, held for the caller. */
    @Nullable
    Flight register(Flight flight) {
        Flight[] found = new Flight[1];
        byBlock.compute(new Key(flight.blob.id(), flight.block), (key, list) -> {
            List<Flight> all = list == null ? new ArrayList<>(2) : list;
            Flight other = overlapping(all, flight.from, flight.to);
            if (other == null) {
                all.add(flight);
            }
            found[0] = other;
            return all;
        });
        return found[0];
    }

    private static @Nullable Flight overlapping(List<Flight> list, int from, int to) {
        Flight any = null;
        for (Flight flight : list) {
            if (flight.covers(from, to) && flight.hold()) {
                if (any != null) {
                    any.release();
                }
                return flight;
            }
            if (any == null && flight.overlaps(from, to) && flight.hold()) {
                any = flight;
            }
        }
        return any;
    }

    void remove(Flight flight) {
        byBlock.computeIfPresent(new Key(flight.blob.id(), flight.block), (key, list) -> {
            list.remove(flight);
            return list.isEmpty() ? null : list;
        });
    }
}
