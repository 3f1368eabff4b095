// The function at the edge, before services on loopback.

import assert from "node:assert/strict";
import { test } from "node:test";

import { edgeFunction, event, logged } from "./support/load.mjs";
import { refusing, serving } from "./support/service.mjs";

function seen(status, { method = "POST", purpose } = {}) {
  const asked = event("cloudfront-origin-response");
  const { request, response } = asked.Records[0].cf;
  response.status = status;
  request.method = method;
  if (purpose) request.headers["x-ragctl-purpose"] = [{ key: "X-Ragctl-Purpose", value: purpose }];
  return asked;
}

const original = (asked) => asked.Records[0].cf.response;

async function answered(settings, asked) {
  const handler = await edgeFunction(settings);
  let answer;
  const lines = await logged(async () => (answer = await handler(asked)));
  return { answer, lines };
}

test("what is no gateway's error passes untouched, and nobody is asked", async (t) => {
  const service = await serving(() => [200, {}]);
  t.after(service.close);
  for (const status of ["200", "202", "304", "400", "404", "429", "500", "501", "507"]) {
    const asked = seen(status);
    const { answer } = await answered({ origin: service.url }, asked);
    assert.equal(answer, original(asked), status);
  }
  assert.deepEqual(service.requests, []);
});

test("a warm service's own error passes untouched", async (t) => {
  const service = await serving(() => [200, { embedding_ready: true, llm_ready: true }]);
  t.after(service.close);
  for (const [status, method] of [["502", "GET"], ["503", "POST"], ["504", "POST"]]) {
    const asked = seen(status, { method });
    const { answer, lines } = await answered({ origin: service.url, key: "k1" }, asked);
    assert.equal(answer, original(asked));
    assert.deepEqual([lines.length, lines[0].warm, lines[0].origin], [1, true, status]);
  }
  const [asked] = service.requests;
  assert.deepEqual([asked.method, asked.url], ["POST", "/warmup"]);
  assert.equal(asked.headers["x-ragctl-key"], "k1");
  assert.equal(asked.headers["user-agent"], "ragctl-edge");
  assert.equal(asked.headers["x-ragctl-purpose"], undefined, "it has to wake a stack that sleeps");
});

test("a warm service need not say more than 200", async (t) => {
  const service = await serving(() => [200, "warm"]);
  t.after(service.close);
  const asked = seen("503");
  assert.equal((await answered({ origin: service.url }, asked)).answer, original(asked));
});

test("a cold one is warmed, and its caller told which pool is ready", async (t) => {
  const service = await serving(() => [202, { embedding_ready: true, llm_ready: false }]);
  t.after(service.close);
  for (const method of ["GET", "POST"]) {
    const { answer } = await answered({ origin: service.url }, seen("503", { method }));
    assert.equal(answer.status, "503");
    const value = (name) => answer.headers[name][0].value;
    assert.deepEqual(["retry-after", "content-type", "cache-control"].map(value), ["30", "application/json", "no-store"]);
    assert.deepEqual(Object.keys(answer.headers).sort(), ["cache-control", "content-type", "retry-after", "via"]);
    assert.deepEqual(JSON.parse(answer.body), {
      status: "initializing",
      message: "Service warming up, retry in 30s",
      embedding_ready: true,
      llm_ready: false,
    });
  }
  assert.equal("x-ragctl-key" in service.requests[0].headers, false, "no key, no header");
});

for (const [name, answer] of [
  ["says nothing", () => undefined],
  ["refuses the key", () => [403, { detail: "no", code: "forbidden" }]],
  ["says no JSON", () => [202, "<html>"]],
  ["leads elsewhere", ({ url }) => (url === "/" ? [200, {}] : [302, "", { location: "/" }])],
  ["answers with words where truth is asked for", () => [202, { embedding_ready: "yes", llm_ready: 1 }]],
  ["is an error itself", () => [503, { code: "stopping" }]],
]) {
  test(`a back end that ${name} is cold`, async (t) => {
    const service = await serving(answer);
    t.after(service.close);
    const began = Date.now();
    const { answer: told } = await answered({ origin: service.url, limit_ms: 300, retry_after: 7 }, seen("504"));
    assert.ok(Date.now() - began < 2_000, "it is not waited for longer than the limit");
    assert.deepEqual([told.status, told.headers["retry-after"][0].value], ["503", "7"]);
    const body = JSON.parse(told.body);
    assert.deepEqual([body.embedding_ready, body.llm_ready], [false, false]);
    assert.equal(body.message, "Service warming up, retry in 7s");
  });
}

test("an address that refuses is cold, and the log says why", async () => {
  const { answer, lines } = await answered({ origin: await refusing() }, seen("502"));
  assert.equal(answer.status, "503");
  assert.match(lines[0].error, /ECONNREFUSED/);
});

test("a probe changes nothing", async (t) => {
  const service = await serving(() => [202, {}]);
  t.after(service.close);
  const asked = seen("503", { purpose: "probe" });
  const { answer } = await answered({ origin: service.url }, asked);
  assert.equal(answer, original(asked));
  assert.deepEqual(service.requests, []);
});

test("fetch is called once, with a signal that ends it", async (t) => {
  const fetched = t.mock.method(globalThis, "fetch", async () => new Response("{}", { status: 200 }));
  await answered({ origin: "https://handbook.example.org:8443" }, seen("503"));
  assert.equal(fetched.mock.callCount(), 1);
  const [url, options] = fetched.mock.calls[0].arguments;
  assert.equal(url.href, "https://handbook.example.org:8443/warmup");
  assert.ok(options.signal instanceof AbortSignal);
});
