package dev.leat.cli.output;

import dev.leat.cache.ByteSize;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * How far a long piece of work is, on standard error: one line that is drawn again on a terminal, a plain line every ten
 * seconds elsewhere. Any thread may report.
 */
public final class Progress implements AutoCloseable {
    private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String what;
    private final PrintStream out;
    private final boolean redrawn;
    private final long startedNanos = System.nanoTime();
    private long totalFiles;
    private long totalBytes;
    private long files;
    private long bytes;
    private long failures;
    private long shownNanos = startedNanos;
    private int shownLength;

    private Progress(String what, PrintStream out, boolean redrawn) {
        this.what = what;
        this.out = out;
        this.redrawn = redrawn;
    }

    /**
     * Begins.
     *
     * @param what the work, as a verb: "writing"
     * @param totalFiles files to do; 0 if nobody knows
     * @param totalBytes bytes to do; 0 if nobody knows
     */
    public static Progress of(String what, long totalFiles, long totalBytes) {
        Progress progress = new Progress(what, System.err, Terminal.watchesErrors());
        progress.total(totalFiles, totalBytes);
        return progress;
    }

    /** Corrects the totals. */
    public synchronized void total(long files, long bytes) {
        totalFiles = files;
        totalBytes = bytes;
    }

    /** Reports how many files failed so far. */
    public synchronized void failed(long filesFailed) {
        failures = filesFailed;
    }

    /** Reports that more was done. */
    public synchronized void add(long moreFiles, long moreBytes) {
        at(files + moreFiles, bytes + moreBytes);
    }

    /** Reports how much has been done so far. */
    public synchronized void at(long filesDone, long bytesDone) {
        files = filesDone;
        bytes = bytesDone;
        long now = System.nanoTime();
        if (now - shownNanos >= (redrawn ? REDRAW_NANOS : LINE_NANOS)) {
            shownNanos = now;
            show(line(now - startedNanos));
        }
    }

    private void show(String line) {
        if (redrawn) {
            out.print("\r" + line + " ".repeat(Math.max(0, shownLength - line.length())));
            shownLength = line.length();
        } else {
            out.println(line);
        }
        out.flush();
    }

    /** The line after {@code nanos} of work. */
    String line(long nanos) {
        double seconds = Math.max(1e-3, nanos / 1e9);
        StringBuilder text = new StringBuilder(what);
        text.append(String.format(Locale.ROOT, " %,d", files));
        if (totalFiles > 0) {
            text.append(String.format(Locale.ROOT, " of %,d", totalFiles));
        }
        text.append(" files");
        if (bytes == 0 && totalBytes == 0) {
            // Work that moves no bytes, such as listing.
            text.append(String.format(Locale.ROOT, ", %,.0f/s", files / seconds));
        } else {
            text.append(", ").append(ByteSize.format(bytes));
            if (totalBytes > 0) {
                text.append(" of ").append(ByteSize.format(totalBytes));
            }
            text.append(", ").append(ByteSize.format((long) (bytes / seconds))).append("/s");
        }
        double part = totalBytes > 0 ? bytes / (double) totalBytes : totalFiles > 0 ? files / (double) totalFiles : 0;
        if (part > 0 && part < 1) {
            text.append(", ETA ")
                    .append((long) Math.ceil(seconds / part - seconds))
                    .append(" s");
        }
        if (failures > 0) {
            text.append(String.format(Locale.ROOT, ", %,d failed", failures));
        }
        return text.toString();
    }

    /** Says something that stays, above the line. */
    public synchronized void say(String line) {
        close();
        out.println(line);
        out.flush();
    }

    /** Wipes the line. */
    @Override
    public synchronized void close() {
        if (redrawn && shownLength > 0) {
            out.print("\r" + " ".repeat(shownLength) + "\r");
            out.flush();
            shownLength = 0;
        }
    }
}
