package dev.leat.meta.fsck;

import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fsck.FactSpill.Subject;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.trash.TrashTree;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compares everything that was said about each inode. */
final class InodeCheck implements FactSpill.Reading {
    private final Findings findings;
    private final UsageCheck usage;
    private final Map<Long, Told> inodes = new HashMap<>();

    InodeCheck(Findings findings, UsageCheck usage) {
        this.findings = findings;
        this.usage = usage;
    }

    @Override
    public void row(Subject subject, Fact fact, long a, long b, long c) {
        inodes.computeIfAbsent(subject.low(), any -> new Told()).take(fact, a, b, c);
    }

    @Override
    public void endOfBucket() {
        inodes.forEach(this::check);
        inodes.clear();
    }

    private void check(long ino, Told told) {
        String subject = "inode " + ino;
        if (told.directory || !told.directoryEntries.isEmpty()) {
            directory("directory " + ino, ino, told);
        } else if (told.entries.isEmpty() && !told.full && told.at.isEmpty()) {
            nothing(subject, told);
        } else if (told.full) {
            full(subject, told);
        } else {
            embedded(subject, told);
        }
        pages(subject, told);
    }

    private void directory(String subject, long ino, Told told) {
        if (!told.directory) {
            findings.add(Problem.broken(subject, "has a name but no record"));
        }
        if (ino == MetaFs.ROOT || ino == MetaFs.TRASH) {
            return;
        }
        if (told.directoryEntries.isEmpty()) {
            findings.add(Problem.garbage(subject, "has no name: a copy or removal of a tree was not finished"));
        } else if (told.directoryEntries.size() > 1) {
            findings.add(Problem.broken(subject, "has " + told.directoryEntries.size() + " names"));
        } else if (!told.directoryParents.equals(told.directoryEntries)) {
            findings.add(Problem.broken(subject, "points back to another name than the one that leads to it"));
        }
    }

    private void nothing(String subject, Told told) {
        if (told.orphan) {
            findings.add(Problem.garbage(subject, "is listed as having no names, but has no record"));
        } else if (!told.links.isEmpty() || told.attached) {
            findings.add(Problem.garbage(subject, "has left locks, names or attributes behind, but has no record"));
        }
    }

    private void full(String subject, Told told) {
        Set<Place> names = new HashSet<>(told.entries);
        if (!told.quotaRoots.isEmpty()) {
            usage.inode(told.quotaRoots, told.allocatedBytes);
        }
        if (told.embedded) {
            findings.add(Problem.broken(subject, "has a record of its own and another one in its name"));
        }
        if (told.nlink == FileRecord.IN_TRASH) {
            inTrash(subject, told, names);
            return;
        }
        if (names.size() != told.nlink) {
            findings.add(Problem.broken(subject, "has " + names.size() + " names and a link count of " + told.nlink));
        }
        if (told.nlink == 0 && !told.orphan) {
            findings.add(Problem.broken(subject, "has no name and is not listed among those without"));
        }
        if (told.nlink > 0 && told.orphan) {
            findings.add(Problem.broken(subject, "has names and is listed among those without"));
        }
        if (told.nlink > 0 && !names.equals(told.links)) {
            findings.add(Problem.broken(subject, "points back to other names than those that lead to it"));
        }
    }

    private void inTrash(String subject, Told told, Set<Place> names) {
        if (names.size() != 1 || !TrashTree.isBucket(names.iterator().next().parent)) {
            findings.add(Problem.broken(
                    subject, "says that it is in the trash, but has " + names.size() + " names elsewhere"));
        } else if (!names.equals(told.links)) {
            findings.add(Problem.broken(subject, "points back to another name than the one in the trash"));
        }
        if (told.orphan) {
            findings.add(Problem.broken(subject, "is in the trash and is listed among those without names"));
        }
    }

    private void embedded(String subject, Told told) {
        if (told.entries.size() > 1) {
            findings.add(Problem.broken(subject, "has " + told.entries.size() + " names but one record among them"));
        } else if (told.entries.isEmpty()) {
            findings.add(Problem.broken(subject, "points back to a name that does not lead to it"));
        } else if (!told.embedded) {
            findings.add(Problem.broken(subject, "has a name but no record"));
        } else if (told.at.isEmpty()) {
            findings.add(Problem.broken(subject, "has a name, but nothing points back to it"));
        } else if (!told.at.equals(told.entries)) {
            findings.add(Problem.broken(subject, "points back to another name than the one that leads to it"));
        }
        if (told.orphan) {
            findings.add(Problem.broken(subject, "has a name and is listed among those without"));
        }
    }

    private void pages(String subject, Told told) {
        for (Map.Entry<Long, long[]> generation : told.pages.entrySet()) {
            long[] found = generation.getValue();
            if (told.paged && generation.getKey() == told.generation) {
                if (found[0] != told.pageCount || found[1] != told.extentCount || found[2] != told.pagedBytes) {
                    findings.add(Problem.broken(
                            subject,
                            "has " + found[0] + " pages of " + found[1] + " extents with " + found[2]
                                    + " bytes, but its record says " + told.pageCount + ", " + told.extentCount
                                    + " and " + told.pagedBytes));
                }
            } else if (!told.generations.contains(generation.getKey())) {
                findings.add(
                        Problem.broken(subject, "has pages of extents that no record uses and nobody will remove"));
            }
        }
        if (told.paged && !told.pages.containsKey(told.generation)) {
            findings.add(Problem.broken(subject, "has lost its pages of extents"));
        }
    }

    /** A name: where, and a hash of what it is. */
    private record Place(long parent, long name) {}

    /** Everything about one inode. */
    private static final class Told {
        private final List<Place> entries = new ArrayList<>();
        private final List<Place> at = new ArrayList<>();
        private final Set<Place> links = new HashSet<>();
        private final List<Place> directoryEntries = new ArrayList<>();
        private final List<Place> directoryParents = new ArrayList<>();
        private final Map<Long, long[]> pages = new HashMap<>();
        private final Set<Long> generations = new HashSet<>();
        private final Set<Long> quotaRoots = new HashSet<>();
        private long allocatedBytes;
        private boolean embedded;
        private boolean full;
        private long nlink;
        private boolean orphan;
        private boolean directory;
        private boolean attached;
        private boolean paged;
        private long generation;
        private long pageCount;
        private long extentCount;
        private long pagedBytes;

        void take(Fact fact, long a, long b, long c) {
            switch (fact) {
                case ENTRY_DIRECTORY -> directoryEntries.add(new Place(a, b));
                case ENTRY_EMBEDDED -> {
                    embedded = true;
                    entries.add(new Place(a, b));
                }
                case ENTRY_HARD -> {
                    entries.add(new Place(a, b));
                    quotaRoots.add(c);
                }
                case REF_AT -> at.add(new Place(a, b));
                case REF_FULL -> {
                    full = true;
                    nlink = a;
                    allocatedBytes = b;
                }
                case LINK -> links.add(new Place(a, b));
                case ORPHAN -> orphan = true;
                case DIRECTORY -> directory = true;
                case DIRECTORY_PARENT -> directoryParents.add(new Place(a, b));
                case PAGED -> {
                    paged = true;
                    generation = a;
                    pageCount = b;
                    extentCount = c;
                }
                case PAGED_BYTES -> pagedBytes = a;
                case PAGE -> {
                    long[] sums = pages.computeIfAbsent(a, any -> new long[3]);
                    sums[0]++;
                    sums[1] += b;
                    sums[2] += c;
                }
                case GENERATION -> generations.add(a);
                case ATTACHED -> attached = true;
                case BLOB, DOOMED, LIVE, REFERENCE, OBJECT -> throw new IllegalArgumentException("not of inodes");
            }
        }
    }
}
