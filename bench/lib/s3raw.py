"""S3 by sockets and signatures alone: what the store gives to a client that does nothing else."""
import datetime
import hashlib
import hmac
import html
import http.client
import multiprocessing
import os
import re
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from lib import data

BUFFER_BYTES = 1 << 20
IDLE_SECONDS = 5  # a server may close a connection that was not used for longer


class S3:
    def __init__(self, host, port, access, secret, region="us-east-1"):
        self.host, self.port, self.access, self.secret, self.region = host, port, access, secret, region
        self._connections = threading.local()

    @staticmethod
    def query(words):
        return "&".join(f"{urllib.parse.quote(k, '')}={urllib.parse.quote(v, '')}" for k, v in sorted((words or {}).items()))

    def headers(self, method, path, extra=None, query=None):
        """Signature version 4 over host, date and content hash; the body is not signed."""
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        signed = {"host": f"{self.host}:{self.port}", "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": stamp}
        names = ";".join(sorted(signed))
        canonical = "\n".join([method, urllib.parse.quote(path), self.query(query),
                               "".join(f"{k}:{signed[k]}\n" for k in sorted(signed)), names, "UNSIGNED-PAYLOAD"])
        scope = f"{day}/{self.region}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = ("AWS4" + self.secret).encode()
        for part in (day, self.region, "s3", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        signed["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.access}/{scope}, SignedHeaders={names}, "
                                   f"Signature={signature}")
        signed.update(extra or {})
        return signed

    def request(self, method, path, body=None, extra=None, query=None, tag=False):
        """One request on a connection of its thread; returns the body of the answer, or its ETag."""
        where = urllib.parse.quote(path) + ("?" + self.query(query) if query else "")
        connection = getattr(self._connections, "open", None)
        if connection is None or time.monotonic() > self._connections.until:
            connection = self._connections.open = http.client.HTTPConnection(self.host, self.port, timeout=120)
        try:
            connection.request(method, where, body=body, headers=self.headers(method, path, extra, query))
            answer = connection.getresponse()
            text = answer.read()
            self._connections.until = time.monotonic() + IDLE_SECONDS
        except BaseException:
            connection.close()
            self._connections.open = None
            raise
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:200]!r}")
        return answer.headers["ETag"] if tag else text

    def _serve(self, jobs, threads, begin, out):
        # Signatures are made before the clock starts: only sockets are measured.
        prepared = [(path, self.headers("GET", path, extra)) for path, extra in jobs]
        position, lock, failures, total = iter(prepared), threading.Lock(), [], [0]

        def work():
            try:
                connection = http.client.HTTPConnection(self.host, self.port, timeout=120)
                connection.connect()
                buffer = memoryview(bytearray(BUFFER_BYTES))
                ready.wait()
                while True:
                    with lock:
                        job = next(position, None)
                    if job is None:
                        break
                    connection.request("GET", urllib.parse.quote(job[0]), headers=job[1])
                    answer = connection.getresponse()
                    if answer.status not in (200, 206):
                        raise RuntimeError(f"GET {job[0]}: {answer.status}")
                    got = answer.readinto(buffer)
                    while got:
                        with lock:
                            total[0] += got
                        got = answer.readinto(buffer)
                connection.close()
            except Exception as e:  # told to the parent, which fails the run
                failures.append(repr(e))
                ready.abort()

        ready = threading.Barrier(threads + 1)
        all_threads = [threading.Thread(target=work) for _ in range(threads)]
        for thread in all_threads:
            thread.start()
        begin.wait()
        ready.wait()
        for thread in all_threads:
            thread.join()
        out.put((total[0], failures))

    def fetch(self, jobs, threads, processes):
        """GETs all jobs, [(path, headers)], and returns bytes and seconds."""
        processes = max(1, min(processes, threads))
        begin, out = multiprocessing.Barrier(processes + 1), multiprocessing.Queue()
        children = [multiprocessing.Process(target=self._serve,
                                            args=(jobs[i::processes], threads // processes, begin, out))
                    for i in range(processes)]
        for child in children:
            child.start()
        begin.wait()
        started = time.monotonic()
        results = [out.get(timeout=600) for _ in children]
        seconds = time.monotonic() - started
        for child in children:
            child.join()
        failures = [text for _, many in results for text in many]
        if failures:
            raise RuntimeError(failures[0])
        return sum(got for got, _ in results), seconds

    def upload(self, path, size, piece, threads):
        """Uploads an object in parts, whose bytes are those of data.pieces; returns seconds."""
        started = time.monotonic()
        text = self.request("POST", path, query={"uploads": ""}).decode()
        upload = re.search(r"<UploadId>(.*?)</UploadId>", text).group(1)

        def part(at):
            body = b"".join(data.content(n // data.OFFSETS, data.OFFSETS) for n in range(at, min(at + piece, size), data.OFFSETS))
            number = at // piece + 1
            return number, self.request("PUT", path, body, query={"partNumber": str(number), "uploadId": upload}, tag=True)
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(part, range(0, size, piece)))
        body = "<CompleteMultipartUpload>" + "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>" for number, tag in parts) + "</CompleteMultipartUpload>"
        self.request("POST", path, body.encode(), query={"uploadId": upload})
        return time.monotonic() - started

    def put_all(self, bucket, folder, prefix=""):
        """Puts every file below a folder under its own name."""
        jobs = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]

        def one(path):
            with open(path, "rb") as body:
                self.request("PUT", f"/{bucket}/{prefix}{os.path.relpath(path, folder)}", body,
                             {"Content-Length": str(os.path.getsize(path))})
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(one, jobs))

    def list_pages(self, bucket, prefix):
        """Lists as fast as pages come; returns keys and seconds."""
        started, count, token = time.monotonic(), 0, None
        while True:
            query = {"list-type": "2", "prefix": prefix}
            if token:
                query["continuation-token"] = token
            text = self.request("GET", f"/{bucket}", query=query)
            count += text.count(b"<Contents>")
            found = re.search(rb"<NextContinuationToken>(.*?)</NextContinuationToken>", text)
            if not found:
                return count, time.monotonic() - started
            token = html.unescape(found.group(1).decode())
