// Requests to the service: its key, and its refusals in words.

import { el } from "./dom.js";

const KEPT = "rag-service-key";

const TITLES = {
  400: "Not taken",
  401: "A key is needed",
  403: "A key is needed",
  404: "Not there",
  409: "There already",
  413: "Too large",
  422: "Not taken",
  429: "Too busy now",
  501: "Not offered here",
  502: "The model provider refused",
  503: "Not available now",
  504: "It took too long",
  507: "No room to store it",
};

/** Why there is no answer. `warming`: the service says that it is not ready yet. */
export class Failure extends Error {
  constructor(words, { title = "That did not work", status = 0, code = "", wait = 0, warming = null } = {}) {
    super(words);
    Object.assign(this, { title, status, code, wait, warming });
  }
}

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
      throw new Failure("The service does not answer.", { title: "No connection" });
    }
    if (!(await wantsKey(response.status, key, isQuiet))) return checked(response);
  }
}

/** The same response when it is a good one. */
export async function checked(response) {
  if (response.ok && response.status !== 202) return response;
  const body = await response.json().catch(() => ({}));
  const wait = Number(response.headers.get("Retry-After")) || 0;
  const { status } = response;
  if (body?.status === "initializing") {
    throw new Failure(body.message, { title: "Warming up", status, wait: wait || 10, warming: body });
  }
  if (response.ok) return Response.json(body);
  const words = inWords(body) ?? `The service answered ${status}.`;
  throw new Failure(words, { title: TITLES[status], status, code: body?.code, wait });
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

function askForKey(isWrong) {
  const fault = isWrong ? "The service did not take this key." : "";
  const field = el("input", { id: "key", type: "password", autocomplete: "off", required: true, "aria-describedby": "key-fault" });
  const cancel = el("button", { type: "button", className: "quiet" }, "Cancel");
  const form = el(
    "form",
    {},
    el("h2", { id: "key-title" }, "This service wants a key"),
    el("p", { className: "meta" }, "It is kept until this tab is closed, and sent to this service alone."),
    el("label", { htmlFor: "key" }, "API key"),
    field,
    el("p", { id: "key-fault", className: "fault", role: "alert" }, fault),
    el("div", { className: "row" }, el("button", {}, "Use this key"), cancel),
  );
  const dialog = el("dialog", { "aria-labelledby": "key-title" }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      if (field.value.trim()) dialog.close("use");
    };
    cancel.onclick = () => dialog.close();
    dialog.onclose = () => {
      isDeclined = dialog.returnValue !== "use";
      if (!isDeclined) sessionStorage.setItem(KEPT, field.value.trim());
      dialog.remove();
      resolve(!isDeclined);
    };
  });
}

export const hasKey = () => sessionStorage.getItem(KEPT) !== null;
export const forgetKey = () => sessionStorage.removeItem(KEPT);
