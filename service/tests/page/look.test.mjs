// How the page looks and is used: on a phone, in the dark, by keyboard, with a screen reader, on paper.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { fits, hasContrast, hasNames, tabbed } from "./support/access.mjs";
import { Browser } from "./support/browser.mjs";
import { Provider } from "./support/provider.mjs";
import { Service, json } from "./support/service.mjs";

const LANDMARKS = ["banner", "main", "navigation", "region", "article", "status"];
const ANSWER = `The balancer drains connections for **thirty seconds** [1]. Before that:

1. the task is marked as *leaving*, so that it gets no new requests [1];
2. \`deregistration_delay\` runs, see [2].

\`\`\`yaml
load_balancer: { deregistration: 30s, a_very_long_setting_that_no_phone_has_room_for: true }
\`\`\`

Whatever is left then is cut.`;

let browser, provider, service, folder;

before(async () => {
  browser = await Browser.start();
  provider = await Provider.start();
  folder = mkdtempSync(join(tmpdir(), "page-look-"));
  service = await Service.start(provider.environment);
  await service.add("guide/balancer.md", "The balancer drains connections for thirty seconds before a task is stopped.");
  await service.add("guide/settings.md", "The balancer's setting deregistration_delay says for how long it drains connections.");
  await service.add("a-name-without-a-single-place-to-break-it-that-goes-on-and-on-and-on-and-on.txt", "Cold starts are measured in seconds.");
});

after(async () => {
  await browser?.stop();
  await service?.stop();
  provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A page on which everything is to be seen at once: answers, sources, refusals, uploads, documents. */
async function full(options) {
  const page = await browser.page(service.url, { ...options, expects: ["Failed to load resource"] });
  await page.sees("#list li", "guide/settings.md");
  provider.answer = (reply) => reply.refuse(400, "the prompt is longer than the model's window");
  await page.fill("#question", "How long is everything that was ever written about balancers?");
  await page.press("Enter");
  await page.sees("#ask-status", "Not answered.");
  provider.answer = (reply) => reply.piece(ANSWER).end();
  await page.fill("#question", "For how long does the balancer drain connections?");
  await page.press("Enter");
  await page.sees("#ask-status", "Answered.");
  const path = join(folder, "diagram.png");
  writeFileSync(path, "x");
  await page.choose("#files", [path]);
  await page.sees("#uploads .fault", "diagram.png");
  await page.run(() => document.activeElement.blur());
  return page;
}

for (const [device, width, height] of [["phone", 320, 640], ["desktop", 1280, 900]]) {
  for (const scheme of ["light", "dark"]) {
    test(`on a ${device}, ${scheme}, everything fits, has a name and can be read`, async () => {
      const page = await full({ width, height, scheme });
      await page.run(() => window.scrollTo(0, 0));
      await page.screenshot(`page-${device}-${scheme}`);
      await page.run(() => document.querySelectorAll("details").forEach((it) => (it.open = true)));
      await fits(page);
      await hasNames(page, LANDMARKS);
      await hasContrast(page);
      await page.click("#list .quiet");
      await page.sees("dialog h2", "Delete this document?");
      await fits(page);
      await hasNames(page, ["dialog"]);
      await hasContrast(page);
      await page.screenshot(`dialog-${device}-${scheme}`);
      await page.press("Escape");
      await page.close();
    });
  }
}

test("light and dark differ", async () => {
  const grounds = [];
  for (const scheme of ["light", "dark"]) {
    const page = await browser.page(service.url, { scheme });
    grounds.push(await page.run(() => getComputedStyle(document.body).backgroundColor));
    await page.close();
  }
  assert.notEqual(grounds[0], grounds[1]);
});

test("the whole page is used by keyboard alone", async () => {
  provider.answer = (reply) => reply.piece("Thirty seconds [1].").end();
  const page = await browser.page(service.url);
  await page.sees("#list li", "guide/settings.md");
  await page.press("Tab");
  assert.equal(await page.run(() => document.activeElement.textContent), "Skip to the question");
  await page.press("Enter");
  await page.until(() => document.activeElement.id === "question");
  await page.write("How long?");
  await page.press("Tab");
  await page.press("ArrowDown");
  assert.equal(await page.run(() => document.activeElement.value), "local");
  await page.run(() => (document.activeElement.value = "naive"));
  await page.press("Tab");
  await page.press("Space");
  assert.equal(await page.run(() => document.querySelector("#remember").checked), true);
  await page.press("Tab");
  await page.press("Space");
  await page.sees("#ask-status", "Answered.");
  await page.run(() => document.querySelector(".answer .cite").focus());
  await page.press("Enter");
  assert.equal(await page.run(() => document.activeElement.matches("summary")), true);
  await page.run(() => document.activeElement.blur());
  await tabbed(page);
  await page.close();
});

test("an answer is announced when it is whole, and nothing moves for who wants no motion", async () => {
  provider.answer = (reply) => reply.piece("It goes on ");
  const page = await browser.page(service.url);
  const animation = () => page.run(() => getComputedStyle(document.querySelector(".answer"), "::after").animationName);
  await page.fill("#question", "How long?");
  await page.press("Enter");
  await page.sees(".answer", "It goes on");
  const answer = () => page.run(() => ["aria-live", "aria-busy"].map((name) => document.querySelector(".answer").getAttribute(name)));
  assert.deepEqual(await answer(), ["polite", "true"]);
  assert.equal(await animation(), "blink");
  await page.media({ "prefers-reduced-motion": "reduce" });
  assert.equal(await animation(), "none");
  assert.equal(await page.run(() => getComputedStyle(document.documentElement).scrollBehavior), "auto");
  await page.click("#stop");
  await page.sees("#ask-status", "Stopped.");
  assert.deepEqual(await answer(), ["polite", "false"]);
  await page.close();
});

test("on paper there are the answers and their sources", async () => {
  const page = await full();
  await page.media({}, "print");
  const shown = (selector) => page.run((one) => document.querySelector(one).checkVisibility(), selector);
  for (const selector of ["article h2", ".answer", ".sources"]) assert.ok(await shown(selector), selector);
  for (const selector of ["#ask-form", "#documents", "#service", "nav"]) assert.ok(!(await shown(selector)), selector);
  await page.close();
});

test("the dialog for the key has a name for everything, and can be read", async () => {
  service.door.answers.set("*", (request, response) => {
    if (/^\/($|assets|health)/.test(request.url)) return "pass";
    json(response, 401, { detail: "API Key required" });
  });
  const list = service.door.answers.get("POST /documents/paginated");
  service.door.answers.delete("POST /documents/paginated");
  for (const scheme of ["light", "dark"]) {
    const page = await browser.page(service.url, { width: 320, height: 640, scheme, expects: ["status of 401"] });
    await page.until(() => document.activeElement.id === "key");
    await page.write("wrong");
    await page.press("Enter");
    await page.sees("#key-fault", "did not take");
    await fits(page);
    await hasContrast(page);
    const tree = await page.tree();
    assert.ok(tree.some(({ role, name }) => role === "textbox" && name === "API key"));
    assert.ok(tree.some(({ role, name }) => role === "dialog" && name === "This service wants a key"));
    await page.screenshot(`key-phone-${scheme}`);
    await page.press("Escape");
    await page.close();
  }
  service.door.answers.delete("*");
  service.door.answers.set("POST /documents/paginated", list);
});

test("what breaks the policy, and what the console is told, fails a test", async () => {
  const styled = await browser.page(service.url);
  await styled.run(() => document.body.setAttribute("style", "color: red"));
  await assert.rejects(styled.close(), /style-src-attr/);
  const marked = await browser.page(service.url);
  await assert.rejects(marked.run(() => (document.body.innerHTML = "<p>")), /TrustedHTML/);
  await assert.rejects(marked.close(), /require-trusted-types-for/);
  const loud = await browser.page(service.url);
  await loud.run(() => setTimeout(() => { throw new Error("it broke"); }));
  await loud.until(() => true);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await assert.rejects(loud.close(), /it broke/);
});
