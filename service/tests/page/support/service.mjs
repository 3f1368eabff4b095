// The real service behind a door, at which a test may answer for it or look at what comes in.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAM = process.env.RAG_SERVICE ?? "target/debug/rag-service";

export const listen = async (server) => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${server.address().port}`;
};

export const bodyOf = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
};

export function json(response, status, body, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** `rag-service serve` with a folder of its own, and with `environment`. */
export class Service {
  static async start(environment = {}) {
    const service = new Service();
    service.folder = mkdtempSync(join(tmpdir(), "page-service-"));
    const env = { PORT: "0", DATA_DIR: join(service.folder, "data"), ...environment };
    service.child = spawn(PROGRAM, ["serve"], { env, stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: service.child.stdout });
    const [first] = await once(lines, "line");
    service.origin = `http://${JSON.parse(first).address}`;
    service.door = new Door(service.origin);
    service.url = await listen(service.door.server);
    return service;
  }

  /** Adds a document past the page, and waits until it can be found. */
  async add(file_source, text) {
    const headers = { "Content-Type": "application/json" };
    const added = await fetch(`${this.origin}/documents/text`, { method: "POST", headers, body: JSON.stringify({ text, file_source }) });
    if (!added.ok) throw new Error(await added.text());
    for (;;) {
      const { documents } = await (await fetch(`${this.origin}/health`)).json();
      if (documents.pending + documents.processing === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async stop() {
    this.door.server.close();
    this.door.server.closeAllConnections();
    if (this.child.exitCode === null) {
      this.child.kill("SIGKILL");
      await once(this.child, "exit");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Passes requests on to the service, but for those that a test answers itself. */
class Door {
  /** "POST /query/stream" to a function of request and response; what it leaves unanswered goes on to the service. */
  answers = new Map();
  /** Requests as they came, "POST /query/stream" each. */
  seen = [];

  constructor(origin) {
    this.origin = origin;
    this.server = http.createServer((request, response) => this.#open(request, response));
  }

  async #open(request, response) {
    const { pathname } = new URL(request.url, this.origin);
    const name = `${request.method} ${pathname}`;
    this.seen.push(name);
    const own = this.answers.get(name) ?? this.answers.get("*");
    if (own && (await own(request, response)) !== "pass") return;
    this.pass(request, response);
  }

  pass(request, response, body) {
    const options = { method: request.method, headers: request.headers };
    const on = http.request(`${this.origin}${request.url}`, options, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    on.on("error", () => response.destroy());
    response.on("close", () => on.destroy());
    if (body) on.end(body);
    else request.pipe(on);
  }
}
