// Chromium without a window, driven over its DevTools protocol through a pipe: no package is needed.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The longest that anything is waited for. It ends what hangs, and measures nothing. */
const LONGEST_MS = 60_000;

const FLAGS = [
  "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check", "--no-sandbox",
  "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-sync", "--disable-background-networking",
  "--disable-component-update", "--hide-scrollbars", "--force-color-profile=srgb", "about:blank",
];

/** What is noted in each document before its own scripts run. */
const WATCH = `
  window.violations = [];
  addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective + " " + event.blockedURI));
`;

export class Browser {
  #waiting = new Map();
  #listeners = new Set();
  #last = 0;

  static async start() {
    const browser = new Browser();
    browser.folder = mkdtempSync(join(tmpdir(), "page-browser-"));
    const program = process.env.CHROMIUM || "chromium";
    browser.child = spawn(program, [`--user-data-dir=${browser.folder}`, ...FLAGS], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    browser.child.on("error", (error) => browser.#fail(error));
    browser.child.on("exit", () => browser.#fail(new Error("the browser ended")));
    browser.child.stdio[3].on("error", () => {});
    let rest = "";
    browser.child.stdio[4].setEncoding("utf8").on("data", (text) => {
      const messages = (rest + text).split("\0");
      rest = messages.pop();
      for (const message of messages) browser.#take(JSON.parse(message));
    });
    await browser.send("Browser.getVersion");
    return browser;
  }

  #fail(error) {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #take({ id, result, error, method, params, sessionId }) {
    if (id === undefined) return this.#listeners.forEach((hear) => hear(method, params, sessionId));
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(new Error(`${waiting.method}: ${error.message}`));
    else waiting?.resolve(result);
  }

  listen(hear) {
    this.#listeners.add(hear);
  }

  send(method, params = {}, sessionId) {
    const id = (this.#last += 1);
    this.child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject, method }));
  }

  /** A page of its own, with nothing kept from others. */
  async page(url, { width = 1280, height = 900, scheme = "light", expects = [] } = {}) {
    const { browserContextId } = await this.send("Target.createBrowserContext");
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank", browserContextId });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId, targetId, expects);
    for (const domain of ["Page", "Runtime", "Log", "DOM", "Accessibility", "Network"]) await page.send(`${domain}.enable`);
    await page.send("Page.addScriptToEvaluateOnNewDocument", { source: WATCH });
    await page.send("Emulation.setFocusEmulationEnabled", { enabled: true });
    await page.size(width, height);
    await page.media({ "prefers-color-scheme": scheme });
    if (url) await page.open(url);
    return page;
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    await this.send("Browser.close").catch(() => {});
    await ended;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const KEYS = {
  Enter: { keyCode: 13, text: "\r" },
  Tab: { keyCode: 9 },
  Escape: { keyCode: 27 },
  Space: { keyCode: 32, key: " ", text: " " },
  ArrowDown: { keyCode: 40 },
};
const SHIFT = 8;

class Page {
  /** What the console and the browser complained of. */
  complaints = [];

  /** `expected`: bad statuses that the test means to provoke, and which the browser notes as errors of the network. */
  constructor(browser, sessionId, targetId, expected) {
    Object.assign(this, { browser, sessionId, targetId, expected });
    browser.listen((method, params, from) => {
      if (from !== sessionId) return;
      if (method === "Runtime.exceptionThrown") this.complaints.push(params.exceptionDetails.exception?.description);
      if (method === "Runtime.consoleAPICalled" && ["error", "warning", "assert"].includes(params.type)) {
        this.complaints.push(params.args.map((it) => it.value ?? it.description).join(" "));
      }
      if (method === "Log.entryAdded" && params.entry.level === "error" && !this.#isExpected(params.entry)) {
        this.complaints.push(`${params.entry.text} ${params.entry.url ?? ""}`);
      }
    });
  }

  #isExpected({ source, text }) {
    return source === "network" && this.expected.some((words) => text.includes(words));
  }

  send(method, params) {
    return this.browser.send(method, params, this.sessionId);
  }

  async open(url) {
    await this.send("Page.navigate", { url });
    await this.until(() => document.readyState === "complete" && location.href !== "about:blank");
  }

  size(width, height) {
    this.width = width;
    return this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
  }

  media(features, media = "") {
    return this.send("Emulation.setEmulatedMedia", { media, features: Object.entries(features).map(([name, value]) => ({ name, value })) });
  }

  /** What `code` gives in the page: a function, and what it is called with. */
  async run(code, ...values) {
    const expression = `(${code})(...${JSON.stringify(values)})`;
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until `code` gives something true in the page, and gives it back. */
  async until(code, ...values) {
    const end = Date.now() + LONGEST_MS;
    for (;;) {
      const found = await this.run(code, ...values).catch((error) => (/context/.test(error.message) ? null : Promise.reject(error)));
      if (found) return found;
      if (Date.now() > end) {
        const text = await this.run(() => document.body.innerText);
        throw new Error(`did not come to hold: ${code} ${JSON.stringify(values)}\n${text}\n${this.complaints.join("\n")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Waits until the element has this text in it. */
  sees(selector, words) {
    return this.until((one, text) => [...document.querySelectorAll(one)].some((it) => it.checkVisibility() && it.textContent.includes(text)), selector, words);
  }

  /** Has the page look at the service at once, as when somebody comes back to its tab. */
  look() {
    return this.run(() => void document.dispatchEvent(new Event("visibilitychange")));
  }

  text(selector) {
    return this.run((one) => document.querySelector(one)?.textContent ?? null, selector);
  }

  async click(selector) {
    await this.until((one) => document.querySelector(one)?.checkVisibility(), selector);
    const at = await this.run((one) => {
      const element = document.querySelector(one);
      element.scrollIntoView({ block: "center", behavior: "instant" });
      const { left, top, width, height } = element.getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    }, selector);
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.send("Input.dispatchMouseEvent", { type, ...at, button: "left", clickCount: 1 });
    }
  }

  async write(text) {
    await this.send("Input.insertText", { text });
  }

  async press(name, { shift = false } = {}) {
    const { keyCode, text, key = name } = KEYS[name];
    const common = { key, code: name, windowsVirtualKeyCode: keyCode, modifiers: shift ? SHIFT : 0 };
    await this.send("Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", text, ...common });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...common });
  }

  async fill(selector, text) {
    await this.run((one) => {
      const field = document.querySelector(one);
      field.focus();
      field.select();
    }, selector);
    await this.write(text);
  }

  async choose(selector, files) {
    const { root } = await this.send("DOM.getDocument");
    const { nodeId } = await this.send("DOM.querySelector", { nodeId: root.nodeId, selector });
    await this.send("DOM.setFileInputFiles", { nodeId, files });
  }

  async drop(selector, files) {
    const at = await this.run((one) => {
      const element = document.querySelector(one);
      element.scrollIntoView({ block: "center", behavior: "instant" });
      const { left, top } = element.getBoundingClientRect();
      return { x: left + 20, y: top + 12 };
    }, selector);
    for (const type of ["dragEnter", "dragOver", "drop"]) {
      await this.send("Input.dispatchDragEvent", { type, ...at, data: { items: [], files, dragOperationsMask: 1 } });
    }
  }

  /** The accessibility tree, as roles and names. */
  async tree() {
    const { nodes } = await this.send("Accessibility.getFullAXTree");
    return nodes.filter((node) => !node.ignored).map(({ role, name, properties = [] }) => ({
      role: role?.value,
      name: name?.value ?? "",
      focusable: properties.some((it) => it.name === "focusable" && it.value.value),
    }));
  }

  /** A picture of all of it, when `PAGE_SCREENSHOTS` names a folder for it. */
  async screenshot(name) {
    const folder = process.env.PAGE_SCREENSHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    const { cssContentSize: size } = await this.send("Page.getLayoutMetrics");
    const clip = { ...size, scale: 1 };
    const { data } = await this.send("Page.captureScreenshot", { format: "png", captureBeyondViewport: true, clip });
    writeFileSync(join(folder, `${name}.png`), Buffer.from(data, "base64"));
  }

  /** Closes it, and fails for whatever the console, the policy or an exception had to say. */
  async close() {
    const violations = await this.run(() => window.violations);
    await this.browser.send("Target.closeTarget", { targetId: this.targetId });
    assert.deepEqual([...violations, ...this.complaints], []);
  }
}
