package dev.leat.meta.fs;

import java.util.function.LongUnaryOperator;

/**
 * Tells of a directory that is the root here under its number to the outside.
 *
 * @param listener is told
 * @param out the number to the outside
 */
record SubdirListener(ChangeListener listener, LongUnaryOperator out) implements ChangeListener {
    @Override
    public void inodeChanged(long ino) {
        listener.inodeChanged(out.applyAsLong(ino));
    }

    @Override
    public void entryChanged(long parent, Name name) {
        listener.entryChanged(out.applyAsLong(parent), name);
    }

    @Override
    public void reset() {
        listener.reset();
    }

    @Override
    public void fresh() {
        listener.fresh();
    }
}
