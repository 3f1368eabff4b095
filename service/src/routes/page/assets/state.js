// The service's state: asked for gently, and shown.

import { $, el, say, span } from "./dom.js";
import { keyHeaders } from "./http.js";

const CALM_MS = 5000;
const HURRY_MS = 1000;
/** An open page that nobody looks after must not keep a service awake. */
const ABANDONED_MS = 600_000;

/** Dispatches `known`, with the service's state as its detail; null when there is none. */
export const health = new EventTarget();

const POOLS = { embedding: "Embedding model", llm: "Language model" };
const PHASES = { bind_ms: "Port open", store_ms: "Documents open", embedding_ms: "Embedding model answered", llm_ms: "Language model answered" };

let timer = 0;
let waiting = 0;
let isWarming = false;
let lastUse = Date.now();

export function startWatching() {
  const used = () => {
    const wasAbandoned = Date.now() - lastUse > ABANDONED_MS;
    lastUse = Date.now();
    if (wasAbandoned) poll();
  };
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, used);
  document.addEventListener("visibilitychange", poll);
  poll();
}

/** Asks more often, until the function that it gives back is called. */
export function hurry() {
  waiting += 1;
  poll();
  return () => (waiting -= 1);
}

async function poll() {
  clearTimeout(timer);
  if (document.hidden || Date.now() - lastUse > ABANDONED_MS) return;
  const known = await ask();
  isWarming = Object.values(known?.pools ?? {}).some((pool) => pool.state === "warming");
  show(known);
  health.dispatchEvent(new CustomEvent("known", { detail: known }));
  clearTimeout(timer);
  timer = setTimeout(poll, waiting || isWarming ? HURRY_MS : CALM_MS);
}

/** A probe: it neither wakes a service that sleeps nor keeps it awake. */
async function ask() {
  try {
    const response = await fetch("health", { headers: { "X-Ragctl-Purpose": "probe", ...keyHeaders() } });
    return await response.json();
  } catch {
    return null;
  }
}

function show(known) {
  const [word, mood] = overall(known);
  say($("overall"), word);
  $("overall").dataset.mood = mood;
  if (!known?.pools) return;
  $("pools").replaceChildren(...Object.entries(known.pools).map(([name, pool]) => poolRow(POOLS[name] ?? name, pool)));
  $("phases").replaceChildren(...phaseRows(known.phases ?? {}));
  say($("documents-error"), known.documents_error ?? "");
  say($("version"), known.version ?? known.core_version ?? "");
}

function overall(known) {
  if (!known) return ["No connection", "bad"];
  if (known.code === "asleep") return ["Asleep: the next question wakes it", "calm"];
  if (known.status === "initializing") return ["Waking up", "busy"];
  if (known.documents_error || Object.values(known.pools ?? {}).some((pool) => pool.error)) return ["In trouble", "bad"];
  if (known.workers_ready) return ["Ready", "good"];
  return isWarming ? ["Warming up", "busy"] : ["Cold: the first question warms it", "calm"];
}

function poolRow(name, { state, workers, busy, queued, error }) {
  const mood = error ? "bad" : { ready: "good", warming: "busy" }[state] ?? "calm";
  return el(
    "li",
    {},
    el("strong", {}, name),
    el("span", { className: "badge", "data-mood": mood }, state),
    el("span", { className: "meta" }, `${busy} of ${workers} workers busy, ${queued} waiting`),
    error ? el("p", { className: "fault" }, error) : null,
  );
}

/** A bar each, from the start of the process to the moment that it stands for. */
function phaseRows(phases) {
  const known = Object.entries(PHASES).filter(([name]) => typeof phases[name] === "number");
  const longest = Math.max(...known.map(([name]) => phases[name]));
  return known.map(([name, words]) => {
    const bar = el("span", { className: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--to", `${Math.max(1, (100 * phases[name]) / longest)}%`);
    return el("li", {}, el("span", {}, words), el("span", { className: "number" }, span(phases[name])), bar);
  });
}
