// Elements, and numbers in words.

export const $ = (id) => document.getElementById(id);

/** An element with properties, and what is in it. Text stays text. */
export function el(tag, properties = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...inside.filter((it) => it !== null && it !== undefined && it !== ""));
  return element;
}

/** Writes text only where it changes, so that nothing is announced twice. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Milliseconds in words. */
export function span(ms) {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 5_400_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

/** How long ago a moment was. */
export function ago(moment) {
  const ms = Date.now() - new Date(moment).getTime();
  if (!(ms >= 5000)) return "just now";
  return ms < 172_800_000 ? `${span(ms).replace(/\.\d/, "")} ago` : `${Math.round(ms / 86_400_000)} days ago`;
}

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
