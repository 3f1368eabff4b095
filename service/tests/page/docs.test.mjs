// The reference of the API, made from an OpenAPI document.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { fits, hasContrast, hasNames, tabbed } from "./support/access.mjs";
import { Browser } from "./support/browser.mjs";
import { Service, json } from "./support/service.mjs";

const SAMPLE = JSON.parse(readFileSync(new URL("support/openapi.json", import.meta.url)));
const DOCUMENT = "GET /openapi.json";

let browser, service;

before(async () => {
  browser = await Browser.start();
  service = await Service.start();
});

after(async () => {
  await browser?.stop();
  await service?.stop();
});

const sample = () => service.door.answers.set(DOCUMENT, (_, response) => json(response, 200, SAMPLE));

test("each route is there with its parameters, its body and its answers", async () => {
  sample();
  const page = await browser.page(`${service.url}/docs`);
  await page.sees("h1", "RAG service 0.1.0");
  await page.sees("#found", "4 of 4 routes");
  const summaries = await page.run(() => [...document.querySelectorAll("#operations summary")].map((it) => it.innerText.replace(/\s+/g, " ")));
  assert.equal(summaries[0], "POST /query Answers a question · needs a key");
  await page.run(() => document.querySelectorAll("details").forEach((it) => (it.open = true)));
  const text = await page.run(() => [...document.querySelectorAll("#operations details")].map((it) => it.innerText.replace(/\s+/g, " ")));
  for (const words of [
    "query string, at least 1 at most 65536, required What is asked",
    'mode "naive" | "mix" How passages are found',
    "top_k integer | null, from 1 to 1000",
    "history list of object role string, required content string | null",
    "Answer 200 application/json The answer",
    "response_time number (double) Seconds",
    "Answer 422 application/json Something is wrong with the request detail string",
  ]) assert.ok(text[0].includes(words), `${words}\n${text[0]}`);
  assert.ok(text[2].includes("id (path) string, required The document's id"), text[2]);
  assert.ok(text[3].includes("max_depth (query) integer, from 1 to 10 default 3"), text[3]);
  assert.ok(text[3].includes("name string parts list of object name string parts list of object"), text[3]);
  await page.close();
});

test("the routes are filtered", async () => {
  sample();
  const page = await browser.page(`${service.url}/docs`);
  await page.sees("#found", "4 of 4 routes");
  await page.fill("#filter", "documents delete");
  await page.sees("#found", "1 of 4 routes");
  assert.equal(await page.run(() => [...document.querySelectorAll("#operations details")].find((it) => it.checkVisibility()).querySelector(".path").textContent), "/documents/{id}");
  await page.close();
});

test("a document that is not there is told", async () => {
  service.door.answers.set(DOCUMENT, (_, response) => json(response, 404, { detail: "there is no such route", code: "not_found" }));
  const page = await browser.page(`${service.url}/docs`, { expects: ["status of 404"] });
  await page.sees("#fault", "The description of the API is not there. there is no such route");
  await page.close();
});

for (const [device, width, height] of [["phone", 320, 640], ["desktop", 1280, 900]]) {
  for (const scheme of ["light", "dark"]) {
    test(`on a ${device}, ${scheme}, the reference fits, has names and can be read`, async () => {
      sample();
      const page = await browser.page(`${service.url}/docs`, { width, height, scheme });
      await page.sees("#found", "4 of 4 routes");
      await tabbed(page);
      await page.run(() => (document.querySelector("#operations details").open = true));
      await page.run(() => document.activeElement.blur());
      await page.screenshot(`docs-${device}-${scheme}`);
      await page.run(() => document.querySelectorAll("details").forEach((it) => (it.open = true)));
      await fits(page);
      await hasNames(page, ["banner", "main", "navigation"]);
      await hasContrast(page);
      await page.close();
    });
  }
}
