#!/usr/bin/env python3
"""Measures the service and LightRAG's server alike, in one run, and prints Markdown.

Both get the same settings, the same requests, and a provider each of the same kind. Python's standard library alone;
README.md says what has to be built and installed before.
"""
import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time

import vocabularies
from machine import Patience
from servers import Kind
from steps import Steps, middle
from table import GRAPH, OURS, PEER, render

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True, metavar="DIR", help="environment with lightrag-hku[api]")
    parser.add_argument("--release", default=f"{ROOT}/target/release", metavar="DIR", help="where our programs are")
    parser.add_argument("--quick", action="store_true", help="a smoke run of two minutes")
    parser.add_argument("--starts", type=int, default=9)
    parser.add_argument("--limited-starts", type=int, default=3)
    parser.add_argument("--cpus", type=float, default=0.25, help="part of a core for the limited starts")
    parser.add_argument("--idle", type=float, default=2, help="seconds between a start and the first query")
    parser.add_argument("--clients", default="1,8,64")
    parser.add_argument("--seconds", type=float, default=12, help="of each load")
    parser.add_argument("--small", type=int, default=3, help="how often 20 documents are ingested; the median is told")
    parser.add_argument("--documents", type=int, default=1000, help="of the large ingestion; 0 leaves it out")
    parser.add_argument("--patience", type=float, default=180,
                        help="seconds, over the whole run, to wait for other processes to leave the machine alone")
    parser.add_argument("--json", metavar="FILE", help="where the figures go as well")
    args = parser.parse_args()
    if args.quick:
        args.starts, args.limited_starts, args.idle, args.seconds = 3, 1, 1, 2
        args.small, args.documents, args.patience = 1, 60, 5
    return args


def kinds_of(args):
    program = os.path.join(args.release, "rag-service")
    server = os.path.join(args.peer, "bin", "lightrag-server")
    vocabulary = ("TIKTOKEN_CACHE_DIR", vocabularies.folder(f"{ROOT}/target/peer"))
    kinds = (Kind(OURS, (program, "serve")), Kind(GRAPH, (program, "serve"), (("ENABLE_GRAPH", "true"),)),
             Kind(PEER, (server,), (vocabulary,)))
    programs = {name: os.path.join(args.release, "examples", name) for name in ("provider", "load")}
    for path in (program, server, *programs.values()):
        if not os.access(path, os.X_OK):
            sys.exit(f"{path} is not there; service/benches/peer/README.md says how it is made")
    return kinds, programs


def measure(args, kinds, steps):
    ours, graph, peer = kinds
    both, bases = (ours, peer), (f"small-0-{ours.name}", f"small-0-{peer.name}")
    report = {"starts": args.starts, "limited_starts": args.limited_starts, "cpus": args.cpus, "idle_s": args.idle,
              "seconds": args.seconds, "ingest": {}}

    said("20 documents")
    small = {kind.name: [] for kind in kinds}
    for run in range(args.small):
        for kind in kinds:
            small[kind.name].append(steps.ingest(kind, 20, f"small-{run}-{kind.name}"))
    report["ingest"]["20"] = {name: middle(rows) for name, rows in small.items()}

    said("starts")
    starts, limited = {kind.name: [] for kind in both}, {kind.name: [] for kind in both}
    for run in range(args.starts):
        for kind, base in zip(both, bases):
            starts[kind.name].append(steps.start(kind, base, run, args.idle))
    for run in range(args.limited_starts):
        for kind, base in zip(both, bases):
            limited[kind.name].append(steps.limited_start(kind, base, run, args.idle, args.cpus))
    report["start"] = {name: middle(rows) for name, rows in starts.items()}
    measured = all(row for rows in limited.values() for row in rows)
    report["limited"] = {name: middle(rows) for name, rows in limited.items()} if measured else None

    said("loads")
    report["throughput"] = steps.throughput(both, bases, list(map(int, args.clients.split(","))), args.seconds)

    said("failures")
    wanted = ["answers 500", "answers 429", "is not there"] + ([] if args.quick else ["hangs"])
    report["failures"] = steps.failures(both, bases, wanted)

    if args.documents:
        said(f"{args.documents} documents")
        report["ingest"][f"{args.documents:,}"] = {
            kind.name: steps.ingest(kind, args.documents, f"large-{kind.name}") for kind in kinds}
    return report


def surroundings(args):
    version = subprocess.run([f"{args.peer}/bin/python", "-c",
                              "from importlib.metadata import version; print(version('lightrag-hku'))"],
                             check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    with open("/proc/cpuinfo") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return {"date": time.strftime("%Y-%m-%d"), "cores": os.cpu_count(), "peer": f"{PEER} {version}",
            "processor": models[0] if models else platform.machine()}


def said(step):
    print(f"{time.strftime('%H:%M:%S')} {step}", file=sys.stderr, flush=True)


def main():
    args = arguments()
    kinds, programs = kinds_of(args)
    work = tempfile.mkdtemp(prefix="ragctl-peer-")
    report = {**surroundings(args), **measure(args, kinds, Steps(programs, work, Patience(args.patience)))}
    # Kept when something has failed, so that the logs can be read.
    shutil.rmtree(work)
    if args.json:
        with open(args.json, "w") as file:
            json.dump(report, file, indent=1)
    print(render(report))


if __name__ == "__main__":
    main()
