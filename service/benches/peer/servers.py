"""The processes: both servers, started alike, each with a provider of its own."""
import contextlib
import dataclasses
import http.client
import json
import os
import signal
import socket
import subprocess
import time

import machine

DIMENSION = 1536


@dataclasses.dataclass(frozen=True)
class Kind:
    """A server, and what is set for it alone."""
    name: str
    command: tuple
    settings: tuple = ()


def settings(port, folder, provider_url):
    """What both servers are told. Where their defaults differ, LightRAG's is set for both."""
    return {
        "HOST": "127.0.0.1", "PORT": str(port), "LOG_LEVEL": "INFO", "LOG_DIR": folder,
        "WORKING_DIR": f"{folder}/storage", "INPUT_DIR": f"{folder}/inputs",
        "LLM_BINDING": "openai", "LLM_BINDING_HOST": provider_url, "LLM_BINDING_API_KEY": "none",
        "LLM_MODEL": "gpt-4o-mini", "MAX_ASYNC": "4", "MAX_GLEANING": "1",
        "EMBEDDING_BINDING": "openai", "EMBEDDING_BINDING_HOST": provider_url,
        "EMBEDDING_BINDING_API_KEY": "none", "EMBEDDING_MODEL": "text-embedding-3-small",
        "EMBEDDING_DIM": str(DIMENSION), "EMBEDDING_FUNC_MAX_ASYNC": "8",
        # Every answer is to be made, not remembered.
        "ENABLE_LLM_CACHE": "false", "ENABLE_LLM_CACHE_FOR_EXTRACT": "false",
    }


def call(port, method, path, body=None):
    """Status and JSON of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None,
                           {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text[:1] in (b"{", b"[") else text.decode()
    finally:
        connection.close()


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def end(process):
    """Stops a process as a container is stopped."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Provider:
    """The provider of `service/examples/provider.rs`: 0 ms, answers that depend on the request alone."""

    def __init__(self, program):
        command = [program, "--dim", str(DIMENSION), "--alike", "0.75"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.rsplit(":", 1)[1].split("/")[0])

    def calls(self):
        stats = call(self.port, "GET", "/stats")[1]
        return {name: stats[name] for name in ("chat", "embeddings", "connections")}

    def treat(self, mood):
        """Changes how all calls are treated: `"hang"`, `{"refuse": [500, None]}` …"""
        call(self.port, "POST", "/moods", {"embeddings": mood, "chat": mood})

    def stop(self):
        end(self.process)
        self.process.stdout.close()


class Server:
    """A running server.

    `ready_s` is the time from its start to the first 200 of `/health`, `ready_cpu_ms` the processor time until then.
    """

    def __init__(self, kind, folder, provider_program, quota=None):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.provider = Provider(provider_program)
        self.port = free_port()
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = {**inherited, **settings(self.port, folder, self.provider.url), **dict(kind.settings)}
        command = quota.wrap(kind.command) if quota else list(kind.command)
        self.log = open(f"{folder}/server.log", "ab")
        begin = time.perf_counter()
        self.process = subprocess.Popen(command, env=environment, cwd=folder, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=subprocess.STDOUT)
        self.pid = self.process.pid
        self.ready_s = self._until_ready(begin)
        self.ready_cpu_ms = machine.threads_ms(self.pid)

    def _until_ready(self, begin):
        while (spent := time.perf_counter() - begin) < 300:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if call(self.port, "GET", "/health")[0] == 200:
                    return time.perf_counter() - begin
            if self.process.poll() is not None:
                break
            # Asked often enough for 0.2 %, and seldom enough to leave the processor alone.
            time.sleep(max(0.0002, spent / 500))
        self.stop()
        raise SystemExit(f"the server does not start; see {self.folder}/server.log")

    def query(self, question):
        """Milliseconds of a naive query that a model has answered."""
        begin = time.perf_counter()
        status, answer = call(self.port, "POST", "/query", {"query": question, "mode": "naive"})
        spent = time.perf_counter() - begin
        if status != 200 or answer.get("llm_generated") is not True:
            raise SystemExit(f"a query failed: {status} {answer}; see {self.folder}/server.log")
        return spent * 1000

    def memory_mib(self, field="VmRSS"):
        return machine.memory_mib(self.pid, field)

    def cpu_s(self):
        return machine.cpu_s(self.pid)

    def stop(self):
        end(self.process)
        self.log.close()
        self.provider.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
