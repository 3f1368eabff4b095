#!/usr/bin/env python3
"""What a container of Lambda does, as a process of this machine: it starts `bootstrap` of the function's archive, hands it events by Lambda's
runtime API, and answers fakecloud's invocations with what it says.

`function.py FOLDER` serves both APIs on the port in FOLDER/facts.json; the archive lies in FOLDER/var/task, layers in FOLDER/opt. Settings that begin with
`/opt/` are led there, for there is no root of its own here. It ends with the fakecloud that started it.
"""

import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

API = "/2018-06-01/runtime/"
LONGEST = 60

events = queue.Queue()
answers = {}
failures = []


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path != f"{API}invocation/next":
            return self.answer(404)
        name, event = events.get()
        deadline = int((time.time() + LONGEST) * 1000)
        self.answer(200, event, [("Lambda-Runtime-Aws-Request-Id", name), ("Lambda-Runtime-Deadline-Ms", str(deadline))])

    def do_POST(self):
        body = self.body()
        if self.path.startswith("/2015-03-31/"):
            name, done = str(uuid.uuid4()), queue.Queue()
            answers[name] = done
            events.put((name, body))
            try:
                return self.answer(200, done.get(timeout=LONGEST))
            except queue.Empty:
                return self.answer(200, json.dumps({"errorMessage": "it took too long", "errorType": "Sandbox.Timedout"}).encode())
        parts = self.path.removeprefix(API).split("/")
        if parts[0] == "init":
            failures.append(body)
        elif parts[1] in answers:
            answers.pop(parts[1]).put(body)
        self.answer(202, b"{}")


def refuse_all(body):
    """Tells whoever asks why there is no answer."""
    while True:
        name, _ = events.get()
        answers.pop(name).put(body)


def main(folder):
    sys.stdin.read()
    folder = pathlib.Path(folder)
    facts = json.loads((folder / "facts.json").read_text())
    led = lambda value: str(folder / value.lstrip("/")) if value.startswith("/opt/") else value
    environment = {name: led(value.replace("host.docker.internal", "127.0.0.1")) for name, value in facts["environment"].items()}
    server = ThreadingHTTPServer(("127.0.0.1", facts["port"]), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    data = folder / "data"
    child = subprocess.Popen(
        [folder / "var/task/bootstrap"], cwd=folder, stdin=subprocess.DEVNULL,
        env={**environment, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{facts['port']}", "PATH": os.environ["PATH"], "DATA_DIR": str(data)},
    )
    is_owned = lambda: pathlib.Path(f"/proc/{facts['owner']}").exists()
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: (stopped.set(), child.terminate()))
    while child.poll() is None:
        if not is_owned():
            child.kill()
        time.sleep(0.05)
    why = json.dumps({"errorMessage": f"the program ended with {child.returncode}", "errorType": "Runtime.ExitError"}).encode()
    threading.Thread(target=refuse_all, args=(failures[0] if failures else why,), daemon=True).start()
    while is_owned() and not stopped.wait(0.05):
        pass
    (folder / "exit").write_text(str(child.returncode))


if __name__ == "__main__":
    main(sys.argv[1])
