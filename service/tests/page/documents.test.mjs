// Documents: added, listed, filtered, deleted, tried again.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Browser } from "./support/browser.mjs";
import { gate } from "./support/provider.mjs";
import { Service, bodyOf, json } from "./support/service.mjs";

const UPLOAD = "POST /documents/upload";
const LIST = "POST /documents/paginated";

let browser, folder;

before(async () => {
  browser = await Browser.start();
  folder = mkdtempSync(join(tmpdir(), "page-files-"));
});

after(async () => {
  await browser?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** A page on a service of its own. */
async function opened(prepare = async () => {}, options = {}) {
  const service = await Service.start();
  await prepare(service);
  const page = await browser.page(service.url, options);
  const close = async () => {
    await page.close();
    await service.stop();
  };
  return { service, page, close };
}

test("files are added by the button and by dropping them, and a bad one says why", async () => {
  const { page, close } = await opened(undefined, { expects: ["status of 400"] });
  await page.sees("#none", "There are no documents yet.");
  await page.choose("#files", [file("one.md", "# One\n\nThe first."), file("image.png", "x"), file("two.txt", "The second.")]);
  await page.sees("#uploads .fault", "image.png");
  await page.sees("#uploads li:last-child", "is kept");
  await page.sees("#list li", "one.md");
  await page.sees("#list li", "two.txt");
  await page.drop("#drop", [file("three.md", "The third.")]);
  await page.sees("#list li", "three.md");
  assert.equal(await page.run(() => document.querySelectorAll("#uploads li").length), 1, "what has ended makes room");
  await page.until(() => document.querySelectorAll("#list .badge[data-mood=good]").length === 3);
  await page.sees("#list li", "1 chunk · 10 characters · just now");
  await page.sees("#status", "processed (3)");
  await close();
});

test("progress is shown while a file is sent, and it can be cancelled", async () => {
  const { opened: let_go, open } = gate();
  const { service, page, close } = await opened();
  const ended = new Promise((resolve) => {
    service.door.answers.set(UPLOAD, async (request, response) => {
      request.on("close", () => resolve(request.complete));
      request.once("data", () => request.pause());
      await let_go;
      response.destroy();
    });
  });
  await page.choose("#files", [file("large.txt", "x".repeat(40 * 1024 * 1024)), file("small.txt", "small")]);
  await page.until(() => {
    const { value } = document.querySelector("#uploads progress");
    return value > 0 && value < 1;
  });
  await page.sees("#uploads li:first-child", "% sent");
  await page.sees("#uploads li:last-child", "waiting");
  await page.run(() => document.querySelector("#uploads li:last-child button").click());
  await page.click("#uploads li:first-child button");
  await page.sees("#uploads li:first-child", "cancelled");
  await page.sees("#uploads li:last-child", "cancelled");
  open();
  assert.equal(await ended, false, "the file was sent to its end");
  assert.equal(service.door.seen.filter((it) => it === UPLOAD).length, 1);
  await close();
});

test("a connection that is lost fails one file, and the next is sent", async () => {
  const { service, page, close } = await opened(undefined, { expects: ["net::ERR"] });
  service.door.answers.set(UPLOAD, async (request, response) => {
    const body = await bodyOf(request);
    if (body.includes("lost.md")) return request.socket.destroy();
    service.door.pass(request, response, body);
  });
  await page.choose("#files", [file("lost.md", "Lost."), file("kept.md", "Kept.")]);
  await page.sees("#uploads li:first-child .fault", "The connection was lost.");
  await page.sees("#list li", "kept.md");
  await close();
});

test("a text is pasted, and one that is there with other words is refused", async () => {
  const { page, close } = await opened(undefined, { expects: ["status of 409"] });
  await page.click("#drop summary");
  for (const [text, words] of [["The first.", "is kept"], ["Another.", "There already."]]) {
    await page.fill("#paste-name", "notes.md");
    await page.fill("#paste-text", text);
    await page.click("#paste-form button");
    await page.sees("#paste-status", words);
  }
  await page.sees("#list li", "notes.md");
  assert.equal(await page.run(() => document.querySelector("#paste-text").value), "Another.", "what was refused is not lost");
  await close();
});

test("a document is deleted once that is confirmed, by keyboard alone", async () => {
  const { page, close } = await opened(async (service) => {
    await service.add("stays.md", "It stays.");
    await service.add("goes.md", "It goes.");
  });
  await page.sees("#list li", "goes.md");
  const remove = (key) => page.run(() => document.querySelector("[aria-label='Delete goes.md']").focus()).then(() => page.press(key));
  await remove("Enter");
  await page.sees("dialog strong", "goes.md");
  await page.press("Escape");
  await page.until(() => !document.querySelector("dialog[open]"));
  assert.equal(await page.run(() => document.activeElement.ariaLabel), "Delete goes.md");
  await remove("Space");
  await page.until(() => document.activeElement.textContent === "Keep it");
  await page.press("Tab", { shift: true });
  await page.press("Enter");
  await page.until(() => document.querySelectorAll("#list li").length === 1);
  await page.sees("#documents-status", "the document is deleted");
  assert.equal(await page.text("#list strong"), "stays.md");
  assert.equal(await page.run(() => document.activeElement.id), "documents-title");
  await close();
});

test("a document that cannot be deleted stays, with the reason", async () => {
  const { service, page, close } = await opened((it) => it.add("stays.md", "It stays."), { expects: ["status of 507"] });
  service.door.answers.set("DELETE /documents/delete_document", (_, response) => json(response, 200, { status: "busy", message: "the pipeline is busy" }));
  await page.click("[aria-label='Delete stays.md']");
  await page.click("dialog .row button");
  await page.sees("#documents-status", "the pipeline is busy");
  service.door.answers.set("DELETE /documents/delete_document", (_, response) => json(response, 507, { detail: "no space is left" }));
  await page.click("[aria-label='Delete stays.md']");
  await page.click("dialog .row button");
  const { length } = service.door.seen;
  await page.sees("#documents-status", "No room to store it. no space is left");
  while (!service.door.seen.slice(length).includes(LIST)) await new Promise((resolve) => setTimeout(resolve, 20));
  await page.sees("#documents-status.fault", "no space is left");
  await page.sees("#list .badge", "processed");
  await close();
});

const entry = (name, status, more = {}) => ({
  id: `doc-${name}`, file_path: name, status, content_summary: "", content_length: 1234, chunks_count: 0,
  created_at: "2026-01-01T00:00:00Z", updated_at: new Date(Date.now() - 3 * 86_400_000).toISOString(), track_id: "t", error_msg: null, ...more,
});

const listed = (documents, counts, pagination = {}) => ({
  documents,
  pagination: { page: 1, page_size: 20, total_count: documents.length, total_pages: 1, has_next: false, has_prev: false, ...pagination },
  status_counts: { pending: 0, processing: 0, processed: 0, failed: 0, ...counts },
});

test("failed documents say why and are tried again; what is pending is followed until it is done", async () => {
  const { service, page, close } = await opened();
  let documents = [entry("bad.pdf", "failed", { error_msg: "the PDF is encrypted" })];
  let counts = { failed: 1, all: 1 };
  service.door.answers.set(LIST, (_, response) => json(response, 200, listed(documents, counts)));
  service.door.answers.set("POST /documents/reprocess_failed", (_, response) => {
    [documents, counts] = [[entry("bad.pdf", "parsing")], { failed: 0, parsing: 1, all: 1 }];
    json(response, 200, { status: "reprocessing_started", message: "1 document is tried again" });
  });
  await page.run(() => document.querySelector("#status").dispatchEvent(new Event("change")));
  await page.sees("#list .fault", "the PDF is encrypted");
  await page.sees("#list .meta", "1,234 characters · 3 days ago");
  await page.click("#retry");
  await page.sees("#documents-status", "1 document is tried again");
  await page.sees("#list .badge", "parsing");
  await page.sees("#status", "parsing (1)");
  [documents, counts] = [[entry("bad.pdf", "processed", { chunks_count: 2 })], { processed: 1, all: 1 }];
  await page.sees("#list .badge", "processed");
  await page.sees("#list .meta", "2 chunks");
  assert.equal(await page.run(() => document.querySelector("#retry").checkVisibility()), false);
  await close();
});

test("the list is filtered by status and turned page by page", async () => {
  const { service, page, close } = await opened();
  const asked = [];
  service.door.answers.set(LIST, async (request, response) => {
    const body = JSON.parse(await bodyOf(request));
    asked.push(body);
    const pagination = { page: body.page, total_pages: 3, has_next: body.page < 3, has_prev: body.page > 1 };
    json(response, 200, listed([entry(`page-${body.page}.md`, "processed")], { processed: 41, failed: 4, all: 45 }, pagination));
  });
  await page.run(() => document.querySelector("#status").dispatchEvent(new Event("change")));
  await page.sees("#page", "Page 1 of 3");
  await page.click("#next");
  await page.sees("#list li", "page-2.md");
  await page.sees("#page", "Page 2 of 3");
  await page.run(() => {
    const select = document.querySelector("#status");
    select.value = "failed";
    select.dispatchEvent(new Event("change"));
  });
  await page.sees("#page", "Page 1 of 3");
  assert.deepEqual(asked.at(-1), { status_filter: "failed", page: 1, page_size: 20, sort_field: "updated_at", sort_direction: "desc" });
  assert.equal(await page.run(() => document.querySelector("#status").selectedOptions[0].text), "failed (4)");
  await close();
});

test("what others add shows by itself", async () => {
  const { service, page, close } = await opened();
  await page.sees("#none", "There are no documents yet.");
  await page.sees("#overall", "Cold");
  await service.add("theirs.md", "Added by somebody else.");
  // No `look` here: it would list the documents anew, too.
  await page.sees("#list li", "theirs.md");
  await close();
});
