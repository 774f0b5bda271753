package dev.leat.meta.feed;

import dev.leat.meta.fs.ChangeListener;
import dev.leat.meta.fs.Name;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Writes down what it hears. */
final class Heard implements ChangeListener {
    private final List<String> events = new ArrayList<>();

    @Override
    public void inodeChanged(long ino) {
        add("inode " + ino);
    }

    @Override
    public void entryChanged(long parent, Name name) {
        add("entry " + parent + "/" + name);
    }

    @Override
    public void reset() {
        add("reset");
    }

    @Override
    public void fresh() {
        add("fresh");
    }

    private synchronized void add(String event) {
        events.add(event);
        notifyAll();
    }

    synchronized void clear() {
        events.clear();
    }

    synchronized List<String> all() {
        return List.copyOf(events);
    }

    /** Waits until all of this was heard; what was heard then. */
    synchronized List<String> await(String... wanted) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!events.containsAll(List.of(wanted))) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError("heard only " + events + ", not all of " + List.of(wanted));
            }
            wait(left);
        }
        return List.copyOf(events);
    }
}
