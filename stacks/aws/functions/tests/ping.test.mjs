// The function that pings, before services on loopback.

import assert from "node:assert/strict";
import { test } from "node:test";

import { event, logged, pingFunction } from "./support/load.mjs";
import { refusing, serving } from "./support/service.mjs";

async function pinged(endpoint, asked = event("ping")) {
  const handler = await pingFunction(endpoint);
  let told;
  const lines = await logged(async () => (told = await handler(asked)));
  return { told, lines };
}

test("the path of the event is asked, marked as a ping", async (t) => {
  const service = await serving(() => [200, {}]);
  t.after(service.close);
  const { told, lines } = await pinged(service.url, { path: "/livez" });
  assert.deepEqual([told.url, told.status], [`${service.url}/livez`, 200]);
  assert.deepEqual(lines, [told]);
  const [asked] = service.requests;
  assert.deepEqual([asked.method, asked.url], ["GET", "/livez"]);
  assert.equal(asked.headers["x-ragctl-purpose"], "ping");
  await pinged(service.url, undefined);
  assert.equal(service.requests[1].url, "/health");
});

test("202 of a stack that wakes is well, a failure is thrown", async (t) => {
  let status = 202;
  const service = await serving(() => [status, {}]);
  t.after(service.close);
  assert.equal((await pinged(service.url)).told.status, 202);
  status = 503;
  await assert.rejects(pinged(service.url), /answered 503/);
  await assert.rejects(pinged(await refusing()), /fetch failed/);
});
