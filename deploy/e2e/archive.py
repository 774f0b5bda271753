"""archive.py FOLDER CERTIFICATE KEY: serves a folder by HTTPS as a public archive does, with index pages, ranges and validators, on a free port of the loopback.

Prints the port. The file FOLDER/../rate holds how many bytes a second all readers together get, 0 for no limit; it is read before each piece, so it can be changed while the
server runs. Each request is a line on standard error: method, path, status, and the bytes that were sent.
"""
import email.utils
import html
import http.server
import os
import re
import ssl
import sys
import threading
import time
import urllib.parse

folder, certificate, key = sys.argv[1:]
PIECE = 64 << 10
BURST = 0.5
lock = threading.Lock()
free_at = 0.0


def pace(size):
    """Waits until the line is free for a piece."""
    global free_at
    with open(os.path.join(os.path.dirname(os.path.abspath(folder)), "rate")) as text:
        rate = int(text.read())
    if rate == 0:
        return
    with lock:
        now = time.monotonic()
        # A thread that is woken late, on a busy machine, makes up for up to BURST seconds: the rate is the line's and not that of sleeping.
        free_at = max(free_at, now - BURST) + size / rate
        wait = free_at - now
    if wait > 0:
        time.sleep(wait)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def tell(self, status, sent):
        sys.stderr.write(f"{self.command} {self.path} {status} {sent}\n")
        sys.stderr.flush()

    def do_HEAD(self):
        self.serve(False)

    def do_GET(self):
        self.serve(True)

    def serve(self, with_body):
        path = os.path.join(folder, urllib.parse.unquote(urllib.parse.urlsplit(self.path).path).lstrip("/"))
        if os.path.isdir(path):
            self.index(path, with_body)
        elif os.path.isfile(path):
            self.file(path, with_body)
        else:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.tell(404, 0)

    def index(self, path, with_body):
        rows = []
        for name in sorted(os.listdir(path)):
            shown = name + "/" if os.path.isdir(os.path.join(path, name)) else name
            rows.append(f'<a href="{urllib.parse.quote(shown)}">{html.escape(shown)}</a>')
        body = ("<html><head><title>Index</title></head><body><pre>" + "\n".join(rows) + "</pre></body></html>").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)
        self.tell(200, len(body) if with_body else 0)

    def file(self, path, with_body):
        facts = os.stat(path)
        first, last, status = 0, facts.st_size - 1, 200
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked:
            first, status = int(asked[1]), 206
            last = min(last, int(asked[2])) if asked[2] else last
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"')
        self.send_header("Last-Modified", email.utils.formatdate(facts.st_mtime, usegmt=True))
        self.send_header("Content-Length", str(last - first + 1))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{facts.st_size}")
        self.end_headers()
        sent = 0
        if with_body:
            with open(path, "rb") as data:
                data.seek(first)
                while sent <= last - first:
                    piece = data.read(min(PIECE, last - first + 1 - sent))
                    pace(len(piece))
                    self.wfile.write(piece)
                    sent += len(piece)
        self.tell(status, sent)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        # Clients hang up when they have what they want.
        pass


server = Server(("127.0.0.1", 0), Handler)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(certificate, key)
server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_port, flush=True)
server.serve_forever()
