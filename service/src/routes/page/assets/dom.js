// Elements, and numbers in words.

export const $ = (id) => document.getElementById(id);

/** An element with properties, and what is in it. Text stays text. */
export function el(tag, properties = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...inside.filter(Boolean));
  return element;
}

/** A button beside what the page is for; `name` is read out where the words alone do not say enough. */
export const quiet = (words, onclick, name = words) =>
  el("button", { type: "button", className: "quiet", ariaLabel: name, onclick }, words);

/** Writes text only where it changes, so that nothing is announced twice. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Milliseconds in words. */
export function span(ms) {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} days`;
}

/** How long ago a moment was. */
export function ago(moment) {
  const ms = Date.now() - new Date(moment).getTime();
  return ms >= 5000 ? `${span(ms).replace(/\.\d/, "")} ago` : "just now";
}

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

/** A question over the page: whether it was answered with `yes`. */
export function confirmed(title, yes, no, ...inside) {
  // Where nothing is to be written, Enter must not do what cannot be undone.
  const cancel = quiet(no, () => dialog.close());
  cancel.autofocus = true;
  const row = el("div", { className: "row" }, el("button", {}, yes), cancel);
  const form = el("form", {}, el("h2", { id: "dialog-title" }, title), ...inside, row);
  const dialog = el("dialog", { "aria-labelledby": "dialog-title" }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      dialog.close(yes);
    };
    dialog.onclose = () => {
      dialog.remove();
      resolve(dialog.returnValue === yes);
    };
  });
}
