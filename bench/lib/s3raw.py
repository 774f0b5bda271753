"""S3 by sockets and signatures alone: what the store gives to a client that does nothing else."""
import datetime
import hashlib
import hmac
import http.client
import multiprocessing
import threading
import time
import urllib.parse

BUFFER_BYTES = 1 << 20


class S3:
    def __init__(self, host, port, access, secret, region="us-east-1"):
        self.host, self.port, self.access, self.secret, self.region = host, port, access, secret, region

    def headers(self, method, path, extra=None):
        """Signature version 4 over host, date and content hash; the body is not signed."""
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        signed = {"host": f"{self.host}:{self.port}", "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": stamp}
        names = ";".join(sorted(signed))
        canonical = "\n".join([method, urllib.parse.quote(path), "",
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

    def request(self, method, path, body=None, extra=None):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=120)
        try:
            connection.request(method, urllib.parse.quote(path), body=body, headers=self.headers(method, path, extra))
            answer = connection.getresponse()
            text = answer.read()
            if answer.status >= 300:
                raise RuntimeError(f"{method} {path}: {answer.status} {text[:200]!r}")
            return text
        finally:
            connection.close()

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
