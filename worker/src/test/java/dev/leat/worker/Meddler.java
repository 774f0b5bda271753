package dev.leat.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Stands between client and worker: passes bytes on, damages one, or lets nothing through any more. */
final class Meddler implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int port;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    /** Position, among the bytes that come from the worker on one connection, of the one to damage; -1 for none. */
    final AtomicLong damage = new AtomicLong(-1);

    volatile boolean mute;

    Meddler(int port) throws IOException {
        this.port = port;
        Thread.ofVirtual().start(this::accept);
    }

    String address() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Socket worker = new Socket(InetAddress.getLoopbackAddress(), port);
                sockets.add(client);
                sockets.add(worker);
                Thread.ofVirtual().start(() -> pump(client, worker, false));
                Thread.ofVirtual().start(() -> pump(worker, client, true));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void pump(Socket from, Socket to, boolean answers) {
        byte[] buffer = new byte[8192];
        long passed = 0;
        try (from;
                to;
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                long at = damage.get() - passed;
                if (answers && at >= 0 && at < n) {
                    buffer[(int) at] ^= 0x10;
                }
                passed += n;
                if (!mute) {
                    out.write(buffer, 0, n);
                }
            }
        } catch (IOException e) {
            // one end is gone: so is the other
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
