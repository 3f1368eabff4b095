// The service's state, and the key that it may want.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Browser } from "./support/browser.mjs";
import { Service, json } from "./support/service.mjs";

const HEALTH = "GET /health";

let browser, service;

before(async () => {
  browser = await Browser.start();
  service = await Service.start();
  await service.add("guide.md", "The balancer drains connections for thirty seconds.");
});

after(async () => {
  await browser?.stop();
  await service?.stop();
});

test("pools and the phases of the start are shown as they are", async () => {
  const own = await Service.start();
  const page = await browser.page(own.url);
  await page.sees("#overall", "Cold: the first question warms it");
  await page.sees("#pools li", "Language model");
  assert.deepEqual(await page.run(() => [...document.querySelectorAll("#pools .badge")].map((it) => it.textContent)), ["cold", "cold"]);
  await page.sees("#phases li", "Port open");
  assert.equal(await page.run(() => document.querySelectorAll("#phases li").length), 2);
  const { version } = await (await fetch(`${own.origin}/health`)).json();
  assert.equal(await page.text("#version"), version);
  await fetch(`${own.origin}/warmup`, { method: "POST" });
  await page.look();
  await page.sees("#overall", "Ready");
  await page.sees("#phases li", "Language model answered");
  await page.sees("#pools li:first-child", "ready0 of 8 workers busy, 0 waiting");
  await page.close();
  await own.stop();
});

test("trouble, sleep and silence have their words", async () => {
  const page = await browser.page(service.url, { expects: ["status of 503", "net::ERR"] });
  const known = await (await fetch(`${service.origin}/health`)).json();
  known.pools.llm.error = "models:1 cannot be reached";
  known.documents_error = "no space is left on the disk of the documents";
  service.door.answers.set(HEALTH, (_, response) => json(response, 200, known));
  await page.look();
  await page.sees("#overall", "In trouble");
  await page.sees("#pools .fault", "models:1 cannot be reached");
  await page.sees("#documents-error", "no space is left");
  let purpose;
  service.door.answers.set(HEALTH, (request, response) => {
    purpose = request.headers["x-ragctl-purpose"];
    json(response, 503, { detail: "the stack sleeps", code: "asleep" });
  });
  await page.look();
  await page.sees("#overall", "Asleep");
  assert.equal(purpose, "probe", "a page that is open must not keep the stack awake");
  service.door.answers.set(HEALTH, (request) => request.socket.destroy());
  await page.look();
  await page.sees("#overall", "No connection");
  service.door.answers.delete(HEALTH);
  await page.look();
  await page.sees("#overall", "Cold");
  await page.close();
});

test("a page that nobody sees does not ask", async () => {
  const page = await browser.page(service.url);
  await page.sees("#pools li", "Language model");
  await page.run(() => {
    Object.defineProperty(document, "hidden", { value: true, configurable: true, writable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  const asked = () => service.door.seen.filter((it) => it === HEALTH).length;
  // The pause is longer than the one between two requests of a page that is seen.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const before = asked();
  await new Promise((resolve) => setTimeout(resolve, 6000));
  assert.equal(asked(), before);
  await page.run(() => {
    document.hidden = false;
    document.dispatchEvent(new Event("visibilitychange"));
  });
  while (asked() === before) await new Promise((resolve) => setTimeout(resolve, 20));
  await page.close();
});

/** The door wants a key for all but the page itself and what is always open. */
function wantKey(key) {
  service.door.answers.set("*", (request, response) => {
    if (request.headers["x-api-key"] === key || /^\/($|assets|health)/.test(request.url)) return "pass";
    const given = request.headers["x-api-key"];
    json(response, given ? 403 : 401, { detail: given ? "Invalid API Key" : "API Key required" });
  });
  return () => service.door.answers.delete("*");
}

test("a key is asked for once, and kept for the tab alone", async () => {
  const open = wantKey("right");
  const page = await browser.page(service.url, { expects: ["status of 401", "status of 403"] });
  await page.until(() => document.activeElement.id === "key");
  await page.write("wrong");
  await page.press("Enter");
  await page.sees("#key-fault", "The service did not take this key.");
  assert.equal(await page.run(() => document.activeElement.id + document.activeElement.value), "key");
  await page.write("right");
  await page.press("Enter");
  await page.sees("#list li", "guide.md");
  assert.deepEqual(await page.run(() => [sessionStorage.length, localStorage.length, document.cookie]), [1, 0, ""]);
  await page.fill("#question", "How long does the balancer drain connections?");
  await page.press("Enter");
  await page.sees(".answer", "thirty seconds");
  open();
  await page.close();
});

test("without a key the page says what it lacks, and does not ask by itself again", async () => {
  const open = wantKey("right");
  const folder = mkdtempSync(join(tmpdir(), "page-key-"));
  const path = join(folder, "more.md");
  writeFileSync(path, "More.");
  const page = await browser.page(service.url, { expects: ["status of 401"] });
  await page.until(() => document.activeElement.id === "key");
  await page.press("Escape");
  await page.sees("#documents-status", "A key is needed. API Key required");
  const { length } = service.door.seen;
  await page.until(() => document.querySelector("#pools li"));
  while (service.door.seen.slice(length).filter((it) => it.endsWith("/paginated")).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(await page.run(() => document.querySelector("dialog[open]")), null);
  await page.choose("#files", [path]);
  await page.until(() => document.activeElement.id === "key");
  await page.write("right");
  await page.press("Enter");
  await page.sees("#uploads li", "is kept");
  await page.sees("#list li", "more.md");
  open();
  rmSync(folder, { recursive: true });
  await page.close();
});
