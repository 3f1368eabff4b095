#!/usr/bin/env python3
"""A small stand-in for `docker`, by which fakecloud runs the tasks of ECS and the functions of Lambda as processes of this machine.

An image is a folder in $IMAGES, named as the image is without its registry: `rag-service:good`. Where there is none, it cannot be pulled. Its
file `rag-service` is run as `rag-service serve` with the container's environment, and with PORT set to the port of this machine that stands for
the container's own. The container's health check is really run, at the times that it is given; `/` in it is the image's folder.

What is known of the containers lies in $CONTAINERS, a folder each. A container ends with the fakecloud that started it, and helpers that
fakecloud would like besides (its name is in their image) are refused. What is not known here succeeds, and does nothing.

A function's container has no image: the archive is copied into it. `function.py` runs it.
"""

import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

CONTAINERS = pathlib.Path(os.environ["CONTAINERS"])
IMAGES = pathlib.Path(os.environ["IMAGES"])

# Options that stand alone; every other takes a value.
SWITCHES = {"-d", "--rm", "--init", "--privileged", "--read-only", "--tty", "--interactive"}


class Container:
    def __init__(self, folder):
        self.folder = folder
        self.facts = json.loads((folder / "facts.json").read_text())

    @classmethod
    def named(cls, name):
        for folder in CONTAINERS.iterdir():
            try:
                container = cls(folder)
            except OSError:
                continue
            if name in (folder.name, container.facts["name"]):
                return container
        sys.exit(f"Error response from daemon: No such container: {name}")

    def read(self, file):
        try:
            return (self.folder / file).read_text()
        except OSError:
            return ""

    def exit_code(self):
        """None while it runs."""
        code = self.read("exit")
        return int(code) if code else None

    def stop(self):
        if self.exit_code() is not None or "pid" not in self.facts:
            return
        os.kill(self.facts["pid"], signal.SIGTERM)
        deadline = time.monotonic() + self.facts["stop_timeout"]
        while self.exit_code() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if self.exit_code() is None:
            os.killpg(self.facts["pid"], signal.SIGKILL)
            write(self.folder / "exit", "137")

    def inspect(self, template):
        code = self.exit_code()
        for old, new in {
            "{{if .State.Health}}{{.State.Health.Status}}{{else}}<none>{{end}}": self.read("health") or "<none>",
            "{{if .State.Health}}{{.State.Health.Status}}{{else}}{{end}}": self.read("health"),
            "{{.State.Status}}": "running" if code is None else "exited",
            "{{.State.Running}}": "true" if code is None else "false",
            "{{.State.ExitCode}}": str(code or 0),
        }.items():
            template = template.replace(old, new)
        print(template)


def write(path, text):
    """Whole or not at all, for others read it meanwhile."""
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


def image_folder(image):
    return IMAGES / image.rsplit("/", 1)[-1]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def run(args):
    options, rest = {"-e": []}, iter(args)
    for arg in rest:
        if not arg.startswith("-"):
            image = arg
            break
        option, _, value = arg.partition("=")
        if option not in SWITCHES and not value:
            value = next(rest)
        options.setdefault(option, []).append(value)
    if "fakecloud" in image:
        sys.exit("no helpers here")
    port = free_port()
    name = secrets.token_hex(32)
    folder = CONTAINERS / name
    folder.mkdir(parents=True)
    environment = {**dict(it.split("=", 1) for it in options["-e"]), "PORT": str(port), "HOME": str(folder)}
    facts = {
        "name": options.get("--name", [name])[0],
        "image": str(image_folder(image)),
        "port": port,
        "owner": os.getppid(),
        "stop_timeout": float(options.get("--stop-timeout", ["10"])[0]),
        "health": {key: options[f"--health-{key}"][0] for key in ("cmd", "interval", "timeout", "retries", "start-period") if f"--health-{key}" in options},
    }
    with open(folder / "log", "wb") as log:
        supervisor = subprocess.Popen(
            [sys.executable, __file__, "supervise", str(folder)],
            env={"PATH": os.environ["PATH"], "CONTAINERS": str(CONTAINERS), "IMAGES": str(IMAGES), **environment},
            stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
        )
    write(folder / "facts.json", json.dumps({**facts, "pid": supervisor.pid}))
    supervisor.stdin.close()  # now it may read them
    print(name)


def create(args):
    """A function of Lambda: what is copied into it comes later, and then its start."""
    environment, rest = {}, iter(args)
    for arg in rest:
        if not arg.startswith("-"):
            break
        value = next(rest)
        if arg == "-e":
            name, _, given = value.partition("=")
            # A secret is handed over by its name alone.
            environment[name] = given if "=" in value else os.environ.get(name, "")
    port = free_port()
    name = secrets.token_hex(32)
    folder = CONTAINERS / name
    folder.mkdir(parents=True)
    facts = {"name": name, "port": port, "owner": os.getppid(), "stop_timeout": 1.0, "environment": environment}
    write(folder / "facts.json", json.dumps(facts))
    print(name)


def copy(source, to):
    name, _, path = to.partition(":")
    target = Container.named(name).folder / path.lstrip("/")
    shutil.copytree(source.removesuffix("/."), target, dirs_exist_ok=True)


def start(name):
    container = Container.named(name)
    program = pathlib.Path(__file__).with_name("function.py")
    with open(container.folder / "log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, program, container.folder], stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
            env={"PATH": os.environ["PATH"]},
        )
    write(container.folder / "facts.json", json.dumps({**container.facts, "pid": process.pid}))
    process.stdin.close()


def supervise(folder):
    """The container's own process: runs the image and its health check, passes TERM on, keeps the exit code."""
    sys.stdin.read()
    container = Container(pathlib.Path(folder))
    facts = container.facts
    child = subprocess.Popen([f"{facts['image']}/rag-service", "serve"], stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    if facts["health"]:
        check = {**facts["health"], "cmd": re.sub(r"^/", f"{facts['image']}/", facts["health"]["cmd"])}
        threading.Thread(target=watch_health, args=(container, child, check), daemon=True).start()
    while child.poll() is None:
        if not pathlib.Path(f"/proc/{facts['owner']}").exists():
            child.kill()
        time.sleep(0.05)
    write(container.folder / "exit", str(child.returncode if child.returncode >= 0 else 128 - child.returncode))


def watch_health(container, child, check):
    """Like Docker, each second in the start period, in which failures do not count, and then once an interval."""
    seconds = {key: float(check[key].rstrip("s")) for key in ("interval", "timeout", "start-period")}
    began, failures = time.monotonic(), 0
    write(container.folder / "health", "starting")
    while child.poll() is None:
        in_start_period = time.monotonic() - began < seconds["start-period"] and container.read("health") == "starting"
        time.sleep(min(seconds["interval"], 1) if in_start_period else seconds["interval"])
        try:
            healthy = subprocess.run(["sh", "-c", check["cmd"]], timeout=seconds["timeout"]).returncode == 0
        except subprocess.TimeoutExpired:
            healthy = False
        failures = 0 if healthy or in_start_period else failures + 1
        if healthy:
            write(container.folder / "health", "healthy")
        elif failures >= int(check["retries"]):
            write(container.folder / "health", "unhealthy")


def main(command="", *args):
    CONTAINERS.mkdir(parents=True, exist_ok=True)
    match command:
        case "--version":
            print("Docker version 28.0.0, build stand-in")
        case "info":
            print("{}")
        case "pull" if "/lambda/" in args[-1]:
            pass
        case "pull" if not image_folder(args[-1]).exists():
            sys.exit(f"Error response from daemon: manifest for {args[-1]} not found: manifest unknown")
        case "run":
            run(args)
        case "create":
            create(args)
        case "cp":
            copy(*args)
        case "start":
            start(*args)
        case "supervise":
            supervise(*args)
        case "port":
            print(f"127.0.0.1:{Container.named(args[0]).facts['port']}")
        case "inspect" if args[0] in ("-f", "--format"):
            Container.named(args[2]).inspect(args[1])
        case "wait":
            container = Container.named(args[0])
            while container.exit_code() is None and container.folder.exists():
                time.sleep(0.05)
            print(container.exit_code() or 0)
        case "logs":
            print(Container.named(args[-1]).read("log"), end="")
        case "stop" | "kill":
            Container.named(args[-1]).stop()
        case "rm":
            container = Container.named(args[-1])
            container.stop()
            shutil.rmtree(container.folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
