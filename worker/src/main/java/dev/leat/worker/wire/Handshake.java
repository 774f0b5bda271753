package dev.leat.worker.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * How a connection begins: the two ends agree on a version and prove to each other that they know the token.
 *
 * <p>The client sends {@code magic, lowest version, highest version, 0, nonce}; the worker answers {@code magic, version, status,
 * longest read, nonce, proof}; the client sends its own proof, and its requests right after it. A client that fails the
 * proof is told by the first reply.
 */
public final class Handshake {
    /** The version that this program speaks. */
    public static final int VERSION = 1;

    private static final long MAGIC = 0x4C454154_50454552L; // "LEATPEER"
    private static final int NONCE_BYTES = 32;
    private static final int PROOF_BYTES = 32;
    private static final int HELLO_BYTES = 8 + 2 + 2 + 4 + NONCE_BYTES;
    private static final int ANSWER_BYTES = 8 + 2 + 2 + 4 + NONCE_BYTES + PROOF_BYTES;
    private static final String CLIENT = "client";
    private static final String WORKER = "worker";
    private static final SecureRandom RANDOM = new SecureRandom();

    private Handshake() {}

    /** The worker did not take the connection. */
    public static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        private final Status status;

        Refused(Status status, String message) {
            super(message);
            this.status = status;
        }

        /** Why. */
        public Status status() {
            return status;
        }
    }

    /**
     * The client's end.
     *
     * @return the longest read that the worker answers, in bytes
     * @throws Refused when the worker does not want this client, or this client that worker
     */
    public static int asClient(SocketChannel channel, Token token, Stalls.Guard guard) throws IOException {
        byte[] mine = nonce();
        ByteBuffer hello = ByteBuffer.allocate(HELLO_BYTES);
        hello.putLong(MAGIC).putShort((short) VERSION).putShort((short) VERSION).putInt(0);
        hello.put(mine).flip();
        Channels.write(channel, hello, guard);
        ByteBuffer answer = ByteBuffer.allocate(ANSWER_BYTES);
        Channels.read(channel, answer, guard);
        answer.flip();
        if (answer.getLong() != MAGIC) {
            throw ProtocolException.violated("what listens there is no worker");
        }
        int version = answer.getShort();
        Status status = Status.of(answer.getShort());
        int longest = answer.getInt();
        byte[] theirs = new byte[NONCE_BYTES];
        byte[] proof = new byte[PROOF_BYTES];
        answer.get(theirs).get(proof);
        if (status == Status.VERSION) {
            throw new Refused(status, "the worker speaks version " + version + ", this program " + VERSION);
        }
        if (status != Status.OK) {
            throw new Refused(status == null ? Status.BAD_REQUEST : status, "the worker says " + status);
        }
        byte[] facts = facts(version, longest);
        if (!MessageDigest.isEqual(proof, token.proof(WORKER, facts, mine, theirs))) {
            throw new Refused(Status.DENIED, "the worker has another token");
        }
        Channels.write(channel, ByteBuffer.wrap(token.proof(CLIENT, facts, mine, theirs)), guard);
        return longest;
    }

    /**
     * The worker's end.
     *
     * @param longest longest read that is answered, in bytes
     * @param refusal what to say to every client; null to let it in if it knows the token
     * @return OK, or why the client was refused, which it has been told unless it is DENIED
     */
    public static Status asWorker(
            SocketChannel channel, Token token, int longest, @Nullable Status refusal, Stalls.Guard guard)
            throws IOException {
        ByteBuffer hello = ByteBuffer.allocate(HELLO_BYTES);
        Channels.read(channel, hello, guard);
        hello.flip();
        if (hello.getLong() != MAGIC) {
            throw ProtocolException.violated("what connected is no client of a worker");
        }
        int lowest = hello.getShort();
        int highest = hello.getShort();
        hello.getInt();
        byte[] theirs = new byte[NONCE_BYTES];
        hello.get(theirs);
        Status status = refusal != null ? refusal : lowest > VERSION || highest < VERSION ? Status.VERSION : Status.OK;
        byte[] mine = nonce();
        byte[] facts = facts(VERSION, longest);
        ByteBuffer answer = ByteBuffer.allocate(ANSWER_BYTES);
        answer.putLong(MAGIC).putShort((short) VERSION).putShort((short) status.code());
        answer.putInt(longest).put(mine).put(token.proof(WORKER, facts, theirs, mine));
        Channels.write(channel, answer.flip(), guard);
        if (status != Status.OK) {
            return status;
        }
        byte[] proof = new byte[PROOF_BYTES];
        Channels.read(channel, ByteBuffer.wrap(proof), guard);
        return MessageDigest.isEqual(proof, token.proof(CLIENT, facts, theirs, mine)) ? Status.OK : Status.DENIED;
    }

    private static byte[] facts(int version, int longest) {
        byte[] facts = new byte[8];
        ByteBuffer.wrap(facts).putInt(version).putInt(longest);
        return facts;
    }

    private static byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return nonce;
    }
}
