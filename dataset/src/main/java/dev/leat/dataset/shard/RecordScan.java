package dev.leat.dataset.shard;

import dev.leat.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Goes through a file of TensorFlow's records, which carry checksums of their own. */
final class RecordScan extends ShardScan {
    private final boolean indexed;
    private long number;

    RecordScan(ShardInput in, @Nullable ShardIndex index) {
        super(in, index);
        this.indexed = index != null;
    }

    @Override
    void run() throws StoreException {
        while (in().remaining() > 0) {
            long at = in().position();
            if (in().remaining() < RecordLayout.HEAD_BYTES + RecordLayout.TAIL_BYTES) {
                problem("record " + number + " is cut off at its begin, byte " + at);
                return;
            }
            ByteBuffer head =
                    ByteBuffer.wrap(in().take(RecordLayout.HEAD_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
            long length = head.getLong(0);
            CRC32C sum = new CRC32C();
            sum.update(head.array(), 0, Long.BYTES);
            if (RecordLayout.masked((int) sum.getValue()) != head.getInt(Long.BYTES)) {
                if (!resume(at)) {
                    return;
                }
                continue;
            }
            if (length < 0 || length > in().remaining() - RecordLayout.TAIL_BYTES) {
                problem(named(at) + " is cut off: " + in().remaining() + " bytes follow, " + length
                        + " and a checksum are announced");
                skipRecord(at);
                return;
            }
            record(at, length);
        }
    }

    private void record(long at, long length) throws StoreException {
        CRC32C sum = new CRC32C();
        long begin = in().position();
        String name = named(at);
        List<ShardIndex.Member> members = membersOf(at, begin + length);
        boolean damaged = false;
        for (ShardIndex.Member wanted : members) {
            in().pass(wanted.offset() - in().position(), sum);
            CRC32C own = new CRC32C();
            in().pass(wanted.sizeBytes(), sum, own);
            damaged |= (int) own.getValue() != wanted.crc();
            member(new ShardIndex.Member(wanted.name(), wanted.offset(), wanted.sizeBytes(), (int) own.getValue(), at));
        }
        in().pass(begin + length - in().position(), sum);
        int written = ByteBuffer.wrap(in().take(RecordLayout.TAIL_BYTES))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt();
        if (RecordLayout.masked((int) sum.getValue()) != written && !damaged) {
            problem(name + " is damaged: the checksum behind its " + length + " bytes is another one");
        }
        if (!indexed) {
            member(new ShardIndex.Member(
                    String.format(Locale.ROOT, "%08d", number), begin, length, (int) sum.getValue(), at));
        }
        sample();
        number++;
    }

    /** The index's members in the record that begins here, as far as they lie in it. */
    private List<ShardIndex.Member> membersOf(long at, long end) {
        List<ShardIndex.Member> members = new ArrayList<>();
        long position = in().position();
        for (ShardIndex.Member wanted : upcoming()) {
            if (wanted.record() != at || wanted.offset() < position || wanted.offset() + wanted.sizeBytes() > end) {
                break;
            }
            members.add(wanted);
            position = wanted.offset() + wanted.sizeBytes();
        }
        return members;
    }

    private String named(long at) {
        ShardIndex.Member wanted = next();
        String who = wanted != null && wanted.record() == at ? " (" + wanted.name() + ")" : "";
        return "record " + number + who + " at byte " + at;
    }

    private void skipRecord(long at) {
        for (ShardIndex.Member wanted = next(); wanted != null && wanted.record() == at; wanted = next()) {
            skip();
        }
    }

    /** Goes on at the next record that the index knows; false where there is no way to know. */
    private boolean resume(long at) throws StoreException {
        String damage = named(at) + ": its length cannot be trusted, the checksum of it is wrong";
        skipRecord(at);
        ShardIndex.Member wanted = next();
        if (wanted == null
                || wanted.record() < in().position()
                || wanted.record() > in().position() + in().remaining()) {
            boolean last = indexed && wanted == null;
            problem(damage + (last ? "" : "; what follows was not looked at"));
            return false;
        }
        problem(damage);
        in().pass(wanted.record() - in().position());
        number++;
        return true;
    }
}
