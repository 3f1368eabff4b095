#!/usr/bin/env python3
"""An hour's worth of faults in some minutes: what was acknowledged must be there, once, whatever happens.

    cargo build --release -p rag-service --bin rag-service
    faults.py target/release/rag-service [--postgres BIN] [--kills 100] [--seconds 20] [--seed 1]

Documents are sent and questions asked all the time, while

  provider   answers; fails three calls in ten; hangs; resets connections; says 429; is not there
  disk       of the SQLite store is full (on a tmpfs, so that only root can; else it is left out)
  kill       the service is killed by SIGKILL while it takes and indexes documents, again and again
  restart    the Postgres server is stopped at once and started again, again and again (with --postgres, the folder
             of `initdb` and `pg_ctl` of a Postgres that has pgvector)

After each, the queue has to come to its end, and then each document that was acknowledged has to be there exactly once,
processed, with its chunk, and found by its words. Nothing may panic, and memory may not grow with the faults. The first
thing that does not hold ends it with exit code 1. Python's standard library is all it needs.
"""
import argparse
import collections
import concurrent.futures
import contextlib
import hashlib
import http.client
import http.server
import json
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

DIMENSION = 1024
SOON = 300          # seconds that a queue may take to come to its end
# Seconds between a writer's documents: for minutes, no more than this file's provider can embed; and as fast as they go.
STEADY, FAST = 0.1, 0.005


# --- the provider ------------------------------------------------------------

class Provider(http.server.ThreadingHTTPServer):
    """OpenAI's protocol, in a mood that can be changed."""
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, seed):
        super().__init__(("127.0.0.1", 0), Handler)
        self.mood, self.chance = "well", random.Random(seed)
        self.url = f"http://127.0.0.1:{self.server_port}/v1"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, address):
        pass                                        # a connection that was reset, by either side


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        mood, one = self.server.mood, self.server.chance.random()
        if mood == "failing" and one < 0.3:
            return self.told(500, {"error": {"message": "out of order"}})
        if mood == "busy" and one < 0.5:
            return self.told(429, {"error": {"message": "too many"}})
        if mood == "hanging" and one < 0.2:
            time.sleep(30)
            self.close_connection = True
            return None
        if mood == "resetting" and one < 0.3:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return self.connection.close()
        if self.path.endswith("/embeddings"):
            return self.told(200, {"data": [
                {"index": at, "embedding": vector(text)} for at, text in enumerate(body["input"])]})
        return self.told(200, {"choices": [{"message": {"role": "assistant", "content": "An answer [1]."}}]})

    def told(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def vector(text):
    """Texts that share a word with a digit come out close, and hardly any others."""
    cells = [0.0] * DIMENSION
    for word in re.findall(r"\w*\d\w*", text):
        # A few cells a word: with one, a dozen of ten thousand words would share it.
        for place in struct.unpack("<8H", hashlib.blake2b(word.encode(), digest_size=16).digest()):
            cells[place % DIMENSION] += 1.0
    return cells


# --- the service ---------------------------------------------------------------

class Service:
    def __init__(self, args, provider, data, database):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {
            **os.environ, "PORT": str(self.port), "DATA_DIR": data, "EMBEDDING_BINDING_HOST": provider.url,
            "LLM_BINDING_HOST": provider.url, "EMBEDDING_TIMEOUT": "2", "LLM_TIMEOUT": "2", "REQUEST_TIMEOUT": "10",
            "MAX_PARALLEL_INSERT": "4", "LOG_LEVEL": "warn"}
        if database:
            self.environment |= {"DATABASE_URL": database, "DATABASE_STATEMENT_TIMEOUT": "10"}
        self.program, self.log = args.service, open(f"{data}.log", "ab")
        self.log_path, self.process = f"{data}.log", None

    def start(self):
        self.process = subprocess.Popen([self.program, "serve"], env=self.environment, stdout=self.log,
                                        stderr=subprocess.STDOUT)
        until(lambda: self.ask("GET", "/health")[0] == 200, "the service answers")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        code = self.process.wait(60)
        check(code == 0, f"the service ended with {code}")

    def ask(self, method, path, body=None, timeout=30):
        """A status and its JSON; 0 when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            data = json.dumps(body) if body is not None else None
            connection.request(method, path, data, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError):
            return 0, None
        finally:
            connection.close()

    def memory_mib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024

    def documents(self):
        """All documents, by their source."""
        found, page = collections.defaultdict(list), 1
        while True:
            status, listed = self.ask("GET", f"/documents?page={page}&page_size=200")
            check(status == 200, f"the documents cannot be listed: {status} {listed}")
            for document in listed["documents"]:
                found[document["file_path"]].append(document)
            if len(listed["documents"]) < 200:
                return found
            page += 1


# --- what is sent, and what has to hold -------------------------------------------

class Senders:
    """Documents sent and questions asked by some threads, until they are told to stop."""

    def __init__(self, service, seed, pause, writers=4, askers=4):
        self.service, self.seed, self.pause = service, seed, pause
        self.acknowledged, self.statuses = {}, collections.Counter()
        self.lock, self.is_over = threading.Lock(), threading.Event()
        self.next, self.threads = 0, writers + askers
        self.pool = concurrent.futures.ThreadPoolExecutor(self.threads)
        for number in range(self.threads):
            self.pool.submit(self.write if number < writers else self.query)

    def write(self):
        while not self.is_over.is_set():
            with self.lock:
                number, self.next = self.next, self.next + 1
            source, text = f"{self.seed}-{number}.md", words(self.seed, number)
            status, _ = self.service.ask("POST", "/documents/text", {"text": text, "file_source": source})
            with self.lock:
                self.statuses["sent", status] += 1
                if status == 200:
                    self.acknowledged[source] = number
            time.sleep(self.pause if status == 200 else 0.05)

    def query(self):
        while not self.is_over.is_set():
            number = random.randrange(max(self.next, 1))
            began = time.monotonic()
            status, told = self.service.ask("POST", "/query", {"query": words(self.seed, number), "mode": "naive"})
            with self.lock:
                self.statuses["asked", status] += 1
            check(time.monotonic() - began < 15, f"a question took {time.monotonic() - began:.1f} s")
            if status == 200:
                check(told["response"] and told["llm_generated"] in (True, False), f"no answer: {told}")
            time.sleep(0.01 if status == 200 else 0.05)

    def stop(self):
        self.is_over.set()
        self.pool.shutdown(wait=True)
        raised = [error for error in FAILED]
        check(not raised, f"{raised}")
        return self.acknowledged


FAILED = []


def words(seed, number):
    """A text that no other document has, with a word that no other has."""
    return f"Report {seed} number {number} names the token zq{seed}x{number}zq and nothing else of interest."


def check(holds, words):
    if not holds:
        FAILED.append(words)
        print(f"FAILED  {words}", flush=True)
        raise SystemExit(1)


def until(holds, words, limit=SOON):
    end = time.monotonic() + limit
    while not holds():
        check(time.monotonic() < end, f"within {limit} s it did not come to this: {words}")
        time.sleep(0.05)


def settled(service):
    def is_empty():
        status, told = service.ask("GET", "/documents/status_counts")
        counts = told["status_counts"] if status == 200 else None
        return counts and counts["pending"] + counts["processing"] == 0
    until(is_empty, "no document waits")


def complete(service, acknowledged, name):
    """Each document that was acknowledged is there, once, processed, and found."""
    settled(service)
    service.ask("POST", "/documents/reprocess_failed", {})
    settled(service)
    found = service.documents()
    lost = [source for source in acknowledged if source not in found]
    check(not lost, f"{name}: {len(lost)} of {len(acknowledged)} acknowledged documents are lost: {lost[:5]}")
    doubled = [source for source, all_of in found.items() if len(all_of) > 1]
    check(not doubled, f"{name}: {len(doubled)} are doubled: {doubled[:5]}")
    unwell = [one for [one] in found.values() if one["status"] != "processed" or one["chunks_count"] != 1]
    check(not unwell, f"{name}: {len(unwell)} are not as they should: {unwell[:2]}")
    for source in random.sample(sorted(acknowledged), min(50, len(acknowledged))):
        seed, number = source.removesuffix(".md").split("-")
        query = {"query": f"zq{seed}x{number}zq", "mode": "naive", "chunk_top_k": 20}
        status, told = service.ask("POST", "/query/data", query)
        check(status == 200, f"{name}: a question ended in {status} {told}")
        chunks = [one["file_path"] for one in told["data"].get("chunks", [])]
        check(source in chunks and len(chunks) == len(set(chunks)), f"{name}: {source} is not found once: {chunks}")
    with open(service.log_path, errors="replace") as log:
        panics = [line for line in log if "panicked" in line]
    check(not panics, f"{name}: {panics[:2]}")
    return len(found)


def told(name, senders, documents, more=""):
    counts = ", ".join(f"{what} {status or 'no answer'}: {count}"
                       for (what, status), count in sorted(senders.statuses.items()))
    print(f"ok  {name}: {len(senders.acknowledged)} acknowledged, {documents} in all; {counts}{more}", flush=True)


# --- the faults -----------------------------------------------------------------

def provider_faults(args, service, provider):
    service.start()
    senders = Senders(service, 1, STEADY)
    time.sleep(3)
    before = service.memory_mib()
    for mood in ("well", "failing", "hanging", "resetting", "busy", "well"):
        provider.mood = mood
        time.sleep(args.seconds)
    acknowledged = senders.stop()
    documents = complete(service, acknowledged, "provider")
    after = service.memory_mib()
    told("provider", senders, documents, f"; memory {before:.0f} → {after:.0f} MiB")
    check(after < before + 64, f"memory grew from {before:.0f} to {after:.0f} MiB")
    service.stop()


def kills(args, service, provider):
    acknowledged, statuses = {}, collections.Counter()
    for number in range(args.kills):
        service.start()
        senders = Senders(service, 1000 + number, FAST, writers=4, askers=1)
        time.sleep(random.uniform(0.05, 0.5))
        service.kill()
        acknowledged |= senders.stop()
        statuses += senders.statuses
    service.start()
    senders.acknowledged, senders.statuses = acknowledged, statuses
    told(f"{args.kills} kills", senders, complete(service, acknowledged, "kill"))
    service.stop()


def disk_full(args, provider, work):
    if os.geteuid():
        return print("--  disk: only root can mount a small one", flush=True)
    folder = f"{work}/small"
    os.mkdir(folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", folder], check=True)
    try:
        service = Service(args, provider, f"{folder}/data", None)
        service.log_path = f"{work}/disk.log"
        service.log = open(service.log_path, "ab")
        service.start()
        senders = Senders(service, 2, FAST)
        for _ in range(3):
            time.sleep(2)
            filler = open(f"{folder}/filler", "wb")
            with contextlib.suppress(OSError), filler:
                while True:
                    filler.write(b"x" * 65536)
            time.sleep(4)
            os.unlink(f"{folder}/filler")
        time.sleep(2)
        acknowledged = senders.stop()
        documents = complete(service, acknowledged, "disk")
        check(senders.statuses["sent", 507] > 0, f"no 507: {senders.statuses}")
        told("disk", senders, documents)
        service.stop()
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


class Postgres:
    """A server of its own, which does not run as root."""

    def __init__(self, binaries, work):
        self.binaries, self.data = binaries, f"{work}/postgres"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        os.mkdir(self.data)
        os.chmod(work, 0o755)
        if not os.geteuid():
            os.chown(self.data, 65534, 65534)
        self.run("initdb", "-A", "trust", "-U", "postgres", "--no-sync", "-D", self.data)
        self.start()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres?sslmode=disable"

    def run(self, program, *arguments):
        as_nobody = [] if os.geteuid() else ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        subprocess.run([*as_nobody, f"{self.binaries}/{program}", *arguments], check=True, stdout=subprocess.DEVNULL,
                       cwd="/")

    def start(self):
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k /tmp"
        self.run("pg_ctl", "-w", "-D", self.data, "-l", f"{self.data}/log", "-o", options, "start")

    def stop(self, mode="immediate"):
        self.run("pg_ctl", "-w", "-D", self.data, "-m", mode, "stop")


def restarts(args, service, provider, postgres):
    service.start()
    senders = Senders(service, 3, FAST)
    for _ in range(10):
        time.sleep(random.uniform(0.5, 2))
        postgres.stop()
        time.sleep(random.uniform(0, 1))
        postgres.start()
    time.sleep(2)
    acknowledged = senders.stop()
    told("10 restarts", senders, complete(service, acknowledged, "restart"))
    service.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("service")
    parser.add_argument("--postgres", default="", metavar="BIN")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20, help="of each mood of the provider")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.service = os.path.abspath(args.service)
    random.seed(args.seed)
    provider, began = Provider(args.seed), time.monotonic()
    work = tempfile.mkdtemp(prefix="rag_faults_")
    postgres = None
    try:
        print("SQLite", flush=True)
        provider_faults(args, Service(args, provider, f"{work}/provider", None), provider)
        kills(args, Service(args, provider, f"{work}/kill", None), provider)
        disk_full(args, provider, work)
        if args.postgres:
            print("Postgres", flush=True)
            postgres = Postgres(args.postgres, work)
            schema = {"DATABASE_SCHEMA": "ragctl"}
            for name, fault in (("provider", provider_faults), ("kill", kills)):
                service = Service(args, provider, f"{work}/{name}-postgres", postgres.url)
                service.environment |= schema | {"DATABASE_SCHEMA": name}
                fault(args, service, provider)
            service = Service(args, provider, f"{work}/restart-postgres", postgres.url)
            service.environment |= {"DATABASE_SCHEMA": "restart"}
            restarts(args, service, provider, postgres)
        print(f"all of it held, in {time.monotonic() - began:.0f} s", flush=True)
    finally:
        if postgres:
            with contextlib.suppress(subprocess.CalledProcessError):
                postgres.stop("fast")
        if FAILED:
            print(f"what is left lies in {work}", file=sys.stderr)
        else:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
