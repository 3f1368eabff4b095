// Requests to the service: its key, and its refusals in words.

import { confirmed, el } from "./dom.js";

const KEPT = "rag-service-key";

const TITLES = {
  401: "A key is needed",
  403: "A key is needed",
  409: "There already",
  413: "Too large",
  429: "Too busy now",
  501: "Not offered here",
  502: "The model provider refused",
  503: "Not available now",
  504: "It took too long",
  507: "No room to store it",
};

/** Why there is no answer. `warming`: the service says that it is not ready yet. */
export class Failure extends Error {
  constructor(words, title = "That did not work", warming = null, wait = 10) {
    super(words);
    Object.assign(this, { title, warming, wait });
  }
}

/** Any error in words: also an answer that is no JSON, as what stands before the service may send. */
export const told = (error) => (error.title ? `${error.title}. ${error.message}` : "The answer cannot be read.");

export const keyHeaders = () => {
  const key = sessionStorage.getItem(KEPT);
  return key ? { "X-API-Key": key } : {};
};

/** Asks the service; its answer, or a Failure. Asks for a key where one is needed, again and again unless `isQuiet`. */
export async function request(path, { json, headers, isQuiet, ...options } = {}) {
  if (json !== undefined) {
    options = { method: "POST", ...options, body: JSON.stringify(json) };
    headers = { ...headers, "Content-Type": "application/json" };
  }
  for (;;) {
    const key = keyHeaders();
    let response;
    try {
      response = await fetch(path, { ...options, headers: { ...headers, ...key } });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Failure("The service does not answer.", "No connection");
    }
    if (!(await wantsKey(response.status, key, isQuiet))) return checked(response);
  }
}

/** The same response when it is a good one. */
export async function checked(response) {
  if (response.ok && response.status !== 202) return response;
  const body = await response.json().catch(() => ({}));
  const wait = Number(response.headers.get("Retry-After")) || undefined;
  const { status } = response;
  if (body?.status === "initializing") throw new Failure(body.message, "Warming up", body, wait);
  if (response.ok) return Response.json(body);
  const words = inWords(body) ?? `The service answered ${status}`;
  throw new Failure(wait ? `${words} (try again in ${wait} s)` : words, TITLES[status]);
}

/** `detail` is a sentence, or a list of fields and what is wrong with them. */
function inWords(body) {
  const detail = body?.detail ?? body?.message ?? body?.error;
  if (!Array.isArray(detail)) return typeof detail === "string" ? detail : undefined;
  return detail.map(({ loc = [], msg }) => [loc.filter((it) => it !== "body").join("."), msg].filter(Boolean).join(": ")).join("; ");
}

let asking = null;
let isDeclined = false;

/** Whether to ask again, with another key than `sent`. One dialog serves all who wait. */
export async function wantsKey(status, sent, isQuiet) {
  if (status !== 401 && status !== 403) return false;
  if (sessionStorage.getItem(KEPT) !== (sent["X-API-Key"] ?? null)) return true;
  if (isQuiet && isDeclined) return false;
  asking ??= askForKey(Boolean(sent["X-API-Key"])).finally(() => (asking = null));
  return asking;
}

async function askForKey(isWrong) {
  const field = el("input", { id: "key", type: "password", autocomplete: "off", required: true, pattern: ".*\\S.*", autofocus: true, "aria-describedby": "key-fault" });
  isDeclined = !(await confirmed(
    "This service wants a key",
    "Use this key",
    "Cancel",
    el("p", { className: "meta" }, "It is kept until this tab is closed, and sent to this service alone."),
    el("label", { htmlFor: "key" }, "API key"),
    field,
    el("p", { id: "key-fault", className: "fault", role: "alert" }, isWrong ? "The service did not take this key." : ""),
  ));
  if (!isDeclined) sessionStorage.setItem(KEPT, field.value.trim());
  return !isDeclined;
}
