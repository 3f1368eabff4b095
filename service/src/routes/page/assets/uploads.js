// Files and texts on their way to the service, one after the other.

import { $, el, quiet, say } from "./dom.js";
import { checked, keyHeaders, request, told, wantsKey } from "./http.js";

const waiting = [];
let isSending = false;
let arrived = () => {};

/** `whenKept` is called after each document that the service keeps. */
export function startUploads(whenKept) {
  arrived = whenKept;
  const zone = $("drop");
  $("choose").onclick = () => $("files").click();
  $("files").onchange = ({ target }) => {
    add(target.files);
    target.value = "";
  };
  // A file that misses the zone must not replace the page.
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
  zone.ondragover = () => zone.classList.add("over");
  zone.ondragleave = () => zone.classList.remove("over");
  zone.ondrop = ({ dataTransfer }) => {
    zone.classList.remove("over");
    add(dataTransfer.files);
  };
  $("paste-form").onsubmit = paste;
}

function add(files) {
  for (const item of [...$("uploads").children]) if (item.dataset.ended) item.remove();
  for (const file of files) {
    const words = el("span", { className: "meta", role: "status", ariaLive: "off" }, "waiting");
    const bar = el("progress", { max: 1, value: 0, "aria-label": `Progress of ${file.name}` });
    const cancel = quiet("Cancel", () => stop(upload), `Cancel ${file.name}`);
    const item = el("li", {}, el("strong", {}, file.name), bar, words, cancel);
    const upload = { file, item, words, bar, cancel, xhr: new XMLHttpRequest(), isCancelled: false };
    waiting.push(upload);
    $("uploads").append(item);
  }
  sendAll();
}

function stop(upload) {
  upload.isCancelled = true;
  upload.xhr.abort();
  end(upload, "cancelled");
}

async function sendAll() {
  if (isSending) return;
  isSending = true;
  for (let upload; (upload = waiting.shift()); ) {
    if (upload.isCancelled) continue;
    try {
      const { message } = await (await send(upload)).json();
      end(upload, message ?? "kept");
      arrived();
    } catch (error) {
      if (!upload.isCancelled) end(upload, told(error), true);
    }
  }
  isSending = false;
}

function end({ item, words, bar, cancel }, text, isBad = false) {
  const hadFocus = document.activeElement === cancel;
  item.dataset.ended = "yes";
  // What is sent meanwhile is not read out, how it ended is.
  words.ariaLive = "polite";
  words.classList.toggle("fault", isBad);
  say(words, text);
  bar.remove();
  cancel.remove();
  if (hadFocus) $("choose").focus();
}

/** By XMLHttpRequest: `fetch` does not tell how much has been sent. */
async function send(upload) {
  for (;;) {
    const key = keyHeaders();
    const { status, responseText } = await post(upload, key);
    if (await wantsKey(status, key)) continue;
    const lost = '{"detail":"The connection was lost."}';
    return checked(new Response(responseText || lost, { status: status || 503 }));
  }
}

function post({ file, words, bar, xhr }, key) {
  const form = new FormData();
  form.append("file", file);
  return new Promise((resolve) => {
    xhr.open("POST", "documents/upload");
    for (const [name, value] of Object.entries(key)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = ({ loaded, total }) => {
      bar.value = total ? loaded / total : 0;
      say(words, loaded < total ? `${Math.floor((100 * loaded) / total)} % sent` : "sent; the service reads it");
    };
    xhr.onloadend = () => resolve(xhr);
    xhr.send(form);
  });
}

async function paste(event) {
  event.preventDefault();
  const [name, text] = [$("paste-name"), $("paste-text")];
  if (!text.value.trim()) return text.focus();
  try {
    const json = { text: text.value, file_source: name.value.trim() || undefined };
    const { message } = await (await request("documents/text", { json })).json();
    say($("paste-status"), message ?? "kept");
    name.value = text.value = "";
    arrived();
  } catch (error) {
    say($("paste-status"), told(error));
  }
}
