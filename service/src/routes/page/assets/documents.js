// The documents: listed, filtered, deleted, tried again.

import { $, ago, confirmed, count, el, quiet, say } from "./dom.js";
import { request, told } from "./http.js";
import { health } from "./state.js";
import { startUploads } from "./uploads.js";

const PAGE_SIZE = 20;
const SOON_MS = 2000;
const HIDDEN_MS = 30_000;

const MOODS = { processed: "good", failed: "bad" };
const rows = new Map();
const leaving = new Set();
let page = 1;
let timer = 0;
let asked = 0;
let lastCounts = "";
/** Whether what stands there as a fault is that of the list. */
let isBroken = false;

export function startDocuments() {
  startUploads(() => refresh());
  $("status").onchange = () => turnTo(1);
  $("previous").onclick = () => turnTo(page - 1);
  $("next").onclick = () => turnTo(page + 1);
  $("retry").onclick = () => act("documents/reprocess_failed", { json: {} });
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  // What others add or delete shows in the counts first.
  health.addEventListener("known", ({ detail }) => {
    if (!detail?.documents) return;
    const counts = JSON.stringify(detail.documents);
    if (isBroken || (lastCounts && counts !== lastCounts)) refresh({ isQuiet: true });
    lastCounts = counts;
  });
  refresh();
}

function turnTo(number) {
  page = number;
  refresh();
}

async function act(path, options, undo = () => {}) {
  try {
    const { status, message } = await (await request(path, options)).json();
    if (status === "busy" || status === "not_allowed") undo();
    tell(message ?? "done");
  } catch (error) {
    undo();
    tell(told(error), true);
  }
  refresh();
}

function tell(words, isBad = false) {
  $("documents-status").classList.toggle("fault", isBad);
  say($("documents-status"), words);
}

async function refresh(options = {}) {
  clearTimeout(timer);
  const turn = (asked += 1);
  const json = { status_filter: $("status").value || null, page, page_size: PAGE_SIZE, sort_field: "updated_at", sort_direction: "desc" };
  try {
    const listed = await (await request("documents/paginated", { json, ...options })).json();
    // A later request may have been answered first.
    if (turn === asked) show(listed);
  } catch (error) {
    if (turn !== asked) return;
    isBroken = true;
    tell(told(error), true);
  }
}

function show({ documents, pagination, status_counts: counts }) {
  if (!documents.length && page > 1) return turnTo(Math.max(1, pagination.total_pages));
  if (isBroken) tell("");
  isBroken = false;
  for (const id of leaving) if (!documents.some((it) => it.id === id)) leaving.delete(id);
  list(documents.map(row));
  for (const id of rows.keys()) if (!documents.some((it) => it.id === id)) rows.delete(id);
  $("none").hidden = documents.length > 0;
  say($("none"), $("status").value ? "No document has this status." : "There are no documents yet. Add some above.");
  filters(counts);
  $("retry").hidden = !counts.failed;
  $("pages").hidden = pagination.total_pages <= 1;
  say($("page"), `Page ${page} of ${pagination.total_pages}`);
  $("previous").disabled = !pagination.has_prev;
  $("next").disabled = !pagination.has_next;
  const { all, processed, failed, ...moving } = counts;
  if (leaving.size || Object.values(moving).some((number) => number > 0)) {
    timer = setTimeout(refresh, document.hidden ? HIDDEN_MS : SOON_MS);
  }
}

/** Puts the rows in order; the one that has the focus keeps it. */
function list(elements) {
  const focused = document.activeElement;
  const isHere = $("list").contains(focused);
  $("list").replaceChildren(...elements);
  if (!isHere) return;
  if (focused.isConnected) focused.focus({ preventScroll: true });
  else $("documents-title").focus();
}

function filters(counts) {
  const select = $("status");
  const names = Object.keys(counts).filter((name) => name !== "all" && (counts[name] > 0 || name === select.value));
  const wanted = [["", `All (${counts.all})`], ...names.map((name) => [name, `${name} (${counts[name]})`])];
  if (wanted.map(([name]) => name).join() !== [...select.options].map((it) => it.value).join()) {
    const { value } = select;
    select.replaceChildren(...wanted.map(([value]) => el("option", { value })));
    select.value = value;
  }
  wanted.forEach(([, words], index) => say(select.options[index], words));
}

function row({ id, file_path: name, status, chunks_count: chunks, content_length: length, updated_at, error_msg }) {
  const parts = rows.get(id) ?? newRow(id, name);
  const word = leaving.has(id) ? "deleting" : status;
  say(parts.badge, word);
  parts.badge.dataset.mood = MOODS[word] ?? "busy";
  const facts = [chunks > 0 ? count(chunks, "chunk") : "", count(length ?? 0, "character"), ago(updated_at)];
  say(parts.meta, facts.filter(Boolean).join(" · "));
  say(parts.fault, error_msg ?? "");
  parts.fault.hidden = !error_msg;
  return parts.item;
}

function newRow(id, name) {
  const button = quiet("Delete", () => remove(id, name), `Delete ${name}`);
  const badge = el("span", { className: "badge" });
  const meta = el("p", { className: "meta" });
  const fault = el("p", { className: "fault" });
  const item = el("li", {}, el("strong", {}, name), badge, button, meta, fault);
  rows.set(id, { item, badge, meta, fault });
  return rows.get(id);
}

async function remove(id, name) {
  const words = el("p", {}, el("strong", {}, name), " and what was made of it are deleted. This cannot be undone.");
  if (!(await confirmed("Delete this document?", "Delete", "Keep it", words))) return;
  leaving.add(id);
  act("documents/delete_document", { method: "DELETE", json: { doc_ids: [id] } }, () => leaving.delete(id));
}
