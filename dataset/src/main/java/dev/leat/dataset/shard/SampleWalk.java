package dev.leat.dataset.shard;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.store.Keys;
import dev.leat.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds the samples of a source, directory by directory, in an order that depends on nothing but the names: a directory's own
 * samples by key, then its directories. No more than one directory's names are in memory at a time.
 */
final class SampleWalk {
    private static final int FACTS_AT_A_TIME = 16;

    private static final Comparator<Sample.Member> ORDER = Comparator.<Sample.Member, String>comparing(
                    member -> Sample.keyOf(member.path()), Keys.ORDER)
            .thenComparing(Sample.Member::path, Keys.ORDER);

    private final Source source;
    private long unseen;
    private long links;

    SampleWalk(Source source) {
        this.source = source;
    }

    /** Takes samples. */
    interface Taker {
        void take(Sample sample) throws StoreException, InterruptedException;
    }

    /** Files that WebDataset's loader passes over, so far. */
    long unseen() {
        return unseen;
    }

    /** Symbolic links, which are left out, so far. */
    long links() {
        return links;
    }

    /** Gives all samples in order. */
    void walk(Taker taker) throws StoreException, InterruptedException {
        Deque<String> waiting = new ArrayDeque<>(List.of(""));
        while (!waiting.isEmpty()) {
            String directory = waiting.removeLast();
            List<Sample.Member> files = new ArrayList<>();
            Set<String> below = new HashSet<>();
            List<SourceEntry> entries = new ArrayList<>();
            source.list(directory, entries::add);
            String start = directory.isEmpty() ? "" : directory + "/";
            for (SourceEntry entry : entries) {
                String name = entry.name();
                if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
                    continue;
                }
                EntryKind kind = entry.facts().kind();
                if (kind == EntryKind.DIRECTORY) {
                    Directories.add(below, start + name, source);
                } else if (kind == EntryKind.LINK) {
                    links++;
                } else {
                    files.add(new Sample.Member(start + name, entry.facts()));
                }
            }
            confirm(files);
            files.sort(ORDER);
            give(files, taker);
            // The last in comes out first.
            below.stream().sorted(Keys.ORDER.reversed()).forEach(waiting::addLast);
        }
    }

    private void give(List<Sample.Member> files, Taker taker) throws StoreException, InterruptedException {
        int begin = 0;
        while (begin < files.size()) {
            String key = Sample.keyOf(files.get(begin).path());
            int end = begin;
            while (end < files.size() && Sample.keyOf(files.get(end).path()).equals(key)) {
                unseen += Sample.isSeenByLoaders(files.get(end).path()) ? 0 : 1;
                end++;
            }
            taker.take(new Sample(key, List.copyOf(files.subList(begin, end))));
            begin = end;
        }
    }

    /** Asks for what the listing did not tell, several files at a time. */
    private void confirm(List<Sample.Member> files) throws StoreException, InterruptedException {
        List<Integer> unknown = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            if (!files.get(i).facts().isConfirmed()) {
                unknown.add(i);
            }
        }
        Parallel.each(unknown, FACTS_AT_A_TIME, at -> {
            String path = files.get(at).path();
            Facts facts = source.facts(path);
            // Each thread has places of its own.
            files.set(at, new Sample.Member(path, facts));
        });
        files.removeIf(member -> member.facts().kind() != EntryKind.FILE);
    }
}
