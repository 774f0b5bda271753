package dev.leat.cli.mount;

import com.sun.net.httpserver.HttpServer;
import dev.leat.cli.CliException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Where a daemon serves something by HTTP, as options say it. */
final class HttpAddress {
    private static final int PORT_MAX = 65_535;

    private HttpAddress() {}

    /**
     * Listens.
     *
     * @param option the option that says where, for messages
     * @param what what is served there, for messages
     * @param address {@code HOST:PORT}, or {@code PORT} for the loopback alone; port 0 for one that is free
     */
    static HttpServer listen(String option, String what, String address) {
        InetSocketAddress parsed = parse(option, address);
        if (parsed.isUnresolved()) {
            throw CliException.failed("cannot serve " + what + " at " + address
                    + ": the host is not known; name one of this machine's addresses with " + option);
        }
        try {
            return HttpServer.create(parsed, 0);
        } catch (IOException e) {
            throw CliException.failed("cannot serve " + what + " at " + address + ": " + e.getMessage()
                    + "; choose another address with " + option + ", or port 0 for one that is free");
        }
    }

    /** The address of a server without a path. */
    static String url(HttpServer server) {
        InetSocketAddress address = server.getAddress();
        InetAddress host = address.getAddress();
        String name = host.isAnyLocalAddress() ? "127.0.0.1" : host.getHostAddress();
        return "http://" + (name.contains(":") ? "[" + name + "]" : name) + ":" + address.getPort() + "/";
    }

    private static InetSocketAddress parse(String option, String address) {
        int colon = address.lastIndexOf(':');
        String host = colon <= 0 ? "127.0.0.1" : address.substring(0, colon).replaceAll("^\\[|\\]$", "");
        String port = address.substring(colon + 1);
        if (port.matches("\\d{1,5}") && Integer.parseInt(port) <= PORT_MAX) {
            return new InetSocketAddress(host, Integer.parseInt(port));
        }
        throw CliException.misused(
                option + " " + address + " is no address; write HOST:PORT or PORT, such as 127.0.0.1:9567");
    }
}
