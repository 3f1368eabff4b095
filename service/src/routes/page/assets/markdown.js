// The little Markdown that answers have, as elements. Whatever else is in the text stays text.

import { el } from "./dom.js";

const INLINE = /`([^`]+)`|\*\*(.+?)\*\*|(?<!\w)\*(\S[^*]*)\*|\[(\d+)\]/g;

/** The elements of `text`. `cite(n)` gives the link to source n, or nothing when there is none. */
export function render(text, cite) {
  const blocks = [];
  let open = null;
  const add = (kind, make) => {
    if (open?.kind !== kind) blocks.push((open = { kind, element: make() }).element);
    return open.element;
  };
  for (const line of text.split("\n")) {
    const fence = /^\s*```/.test(line);
    const [, bullet, number, item] = /^\s*(?:([-*+•])|(\d{1,3})[.)])\s+(.*)$/.exec(line) ?? [];
    const [, heading] = /^#{1,6}\s+(.*)$/.exec(line) ?? [];
    if (open?.kind === "fence") {
      if (fence) open = null;
      else open.element.append(`${line}\n`);
    } else if (fence) {
      open = null;
      add("fence", () => el("pre", { tabIndex: 0 }));
    } else if (heading) {
      open = null;
      blocks.push(el("h3", {}, ...inline(heading, cite)));
    } else if (item) {
      const list = bullet ? add("ul", () => el("ul")) : add("ol", () => el("ol", { start: Number(number) }));
      list.append(el("li", {}, ...inline(item, cite)));
    } else if (!line.trim()) {
      // A list goes on behind an empty line, a paragraph does not.
      if (open?.kind === "p") open = null;
    } else if (/^\s{2,}/.test(line) && /^[uo]l$/.test(open?.kind)) {
      open.element.lastChild.append(" ", ...inline(line.trim(), cite));
    } else {
      const paragraph = add("p", () => el("p"));
      if (paragraph.hasChildNodes()) paragraph.append(" ");
      paragraph.append(...inline(line, cite));
    }
  }
  return blocks;
}

function inline(text, cite) {
  const parts = [];
  let from = 0;
  for (const { 0: whole, 1: code, 2: bold, 3: stress, 4: source, index } of text.matchAll(INLINE)) {
    parts.push(text.slice(from, index));
    from = index + whole.length;
    if (code) parts.push(el("code", {}, code));
    else if (bold) parts.push(el("strong", {}, ...inline(bold, cite)));
    else if (stress) parts.push(el("em", {}, stress));
    else parts.push(cite(source) ?? whole);
  }
  return [...parts, text.slice(from)].filter((part) => part !== "");
}
