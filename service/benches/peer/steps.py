"""What is measured, step by step. Each figure comes with how many cores others kept busy meanwhile."""
import concurrent.futures
import json
import os
import resource
import shutil
import statistics
import subprocess
import time

import documents
import machine
from servers import Server, call

QUESTIONS = ("Which line runs from {}ford, asked the {}th time?", "How many engines are at {}gate, for the {}th time?")

# Each starts with a number past all that the one before can have asked.
QUESTIONS_OF_A_LOAD = 10_000_000

FAILURES = (("hangs", "hang"), ("answers 500", {"refuse": [500, None]}),
            ("answers 429", {"refuse": [429, None]}), ("is not there", None))


class Steps:
    """The steps, over the programs and a folder for what they write."""

    def __init__(self, programs, work, patience):
        self.programs, self.work, self.patience = programs, work, patience
        self.loads = 0

    def _server(self, kind, folder, quota=None):
        return Server(kind, os.path.join(self.work, folder), self.programs["provider"], quota)

    def ingest(self, kind, count, folder, limit_s=900):
        """How long `count` documents take from the request until they are accepted, and until all can be found."""
        self.patience.until_quiet()
        with machine.Watch() as watch, self._server(kind, folder) as server:
            calls, cpu, begin = server.provider.calls(), server.cpu_s(), time.perf_counter()
            status, answer = call(server.port, "POST", "/documents/texts", documents.ingestion(count))
            if status != 200:
                raise SystemExit(f"documents were refused: {status} {answer}; see {server.folder}/server.log")
            accepted = time.perf_counter() - begin
            while True:
                counts = call(server.port, "GET", "/documents/status_counts")[1]["status_counts"]
                spent = time.perf_counter() - begin
                processed, failed = (counts.get(state, 0) for state in ("processed", "failed"))
                if processed + failed >= count or spent > limit_s:
                    break
                # Seldom enough for the asking to cost nothing.
                time.sleep(min(1, max(0.01, spent / 50)))
            after = server.provider.calls()
            row = {"documents": count, "processed": processed, "failed": failed, "accepted_ms": accepted * 1000,
                   "processed_s": spent, "cpu_s": server.cpu_s() - cpu,
                   "chat": after["chat"] - calls["chat"], "embeddings": after["embeddings"] - calls["embeddings"],
                   "peak_mib": server.memory_mib("VmHWM")}
        return {**row, "others": watch.others}

    def start(self, kind, base, run, idle_s, quota=None):
        """One start on a copy of `base`, and the first two queries."""
        folder = f"start-{run}-{kind.name}"
        shutil.copytree(os.path.join(self.work, base), os.path.join(self.work, folder))
        self.patience.until_quiet()
        with machine.Watch() as watch, self._server(kind, folder, quota) as server:
            time.sleep(idle_s)
            idle = server.memory_mib()
            first, second = (server.query(question.format(documents.HEADS[run % 20], run))
                             for question in QUESTIONS)
            row = {"ready_ms": server.ready_s * 1000, "ready_cpu_ms": server.ready_cpu_ms, "idle_mib": idle,
                   "first_ms": first, "second_ms": second, "after_mib": server.memory_mib()}
        shutil.rmtree(os.path.join(self.work, folder))
        return {**row, "others": watch.others}

    def limited_start(self, kind, base, run, idle_s, cpus):
        """The same with `cpus` of a core; none when the machine does not let us."""
        try:
            quota = machine.Quota(cpus)
        except OSError:
            return None
        try:
            return self.start(kind, base, run, idle_s, quota)
        finally:
            quota.remove()

    def throughput(self, kinds, bases, clients, seconds):
        """Naive queries in a closed loop; both servers are up, and are asked in turn."""
        servers = {kind.name: self._server(kind, base) for kind, base in zip(kinds, bases)}
        rows = {name: [] for name in servers}
        try:
            for count in clients:
                for name, server in servers.items():
                    self.patience.until_quiet()
                    rows[name].append(self._load(server, count, seconds))
        finally:
            for server in servers.values():
                server.stop()
        return rows

    def _load(self, server, clients, seconds):
        self.loads += 1
        command = [self.programs["load"], "--port", str(server.port), "--clients", str(clients), "--seconds",
                   str(seconds), "--first", str(self.loads * QUESTIONS_OF_A_LOAD)]
        begin, calls = time.perf_counter(), server.provider.calls()
        cpu, provider = server.cpu_s(), machine.cpu_s(server.provider.process.pid)
        load = _children_cpu_s()
        with machine.Watch() as watch:
            said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        wall, after = time.perf_counter() - begin, server.provider.calls()
        said = json.loads(said)
        asked = after["chat"] - calls["chat"]
        cores = {"server_cores": server.cpu_s() - cpu, "load_cores": _children_cpu_s() - load,
                 "provider_cores": machine.cpu_s(server.provider.process.pid) - provider}
        return {**said, **{name: spent / wall for name, spent in cores.items()},
                "cpu_ms": cores["server_cores"] * 1000 / asked if asked else 0,
                "connections": after["connections"] - calls["connections"],
                "rss_mib": server.memory_mib(), "peak_mib": server.memory_mib("VmHWM"), "others": watch.others}

    def failures(self, kinds, bases, wanted):
        """What a naive query is answered when the provider fails, and after how long; all at the same time."""
        def one(kind, base, name, mood):
            folder = f"failure-{kind.name}-{name}".replace(" ", "-")
            shutil.copytree(os.path.join(self.work, base), os.path.join(self.work, folder))
            with self._server(kind, folder) as server:
                if mood is None:
                    server.provider.stop()
                else:
                    server.provider.treat(mood)
                begin = time.perf_counter()
                status, answer = call(server.port, "POST", "/query",
                                      {"query": "Which line runs from Camford?", "mode": "naive"})
                spent = time.perf_counter() - begin
                said = answer if isinstance(answer, str) else answer.get("response", answer.get("detail"))
                return {"status": status, "seconds": spent, "said": said}

        failures = [it for it in FAILURES if it[0] in wanted]
        with concurrent.futures.ThreadPoolExecutor(len(kinds) * len(failures)) as threads:
            rows = {name: {kind.name: threads.submit(one, kind, base, name, mood) for kind, base in zip(kinds, bases)}
                    for name, mood in failures}
            return {name: {kind: row.result() for kind, row in row.items()} for name, row in rows.items()}


def middle(rows):
    """The median of each figure, and the lowest and highest of the time to ready where there is one."""
    figures = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    if "ready_ms" in figures:
        ready = [row["ready_ms"] for row in rows]
        figures |= {"ready_low_ms": min(ready), "ready_high_ms": max(ready)}
    return figures


def _children_cpu_s():
    """Processor seconds of programs that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
