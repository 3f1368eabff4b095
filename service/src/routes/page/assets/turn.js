// One question, its answer as it is written, and the sources of it.

import { count, el, say, span } from "./dom.js";
import { render } from "./markdown.js";

let turns = 0;

export class Turn {
  /** The answer so far. */
  text = "";
  /** Whether the answer is whole. */
  isDone = false;
  #references = new Map();
  #began = performance.now();
  #firstWord = null;
  #frame = 0;

  constructor(question, mode) {
    this.question = question;
    this.mode = mode;
    this.id = `turn-${(turns += 1)}`;
    this.answer = el("div", { className: "answer", "aria-live": "polite", "aria-busy": "true" });
    this.note = el("p", { className: "note", role: "status" });
    this.countdown = el("p", { className: "meta" });
    this.fault = el("div", { role: "alert" });
    this.sources = el("div", { className: "sources" });
    this.meta = el("p", { className: "meta" });
    this.element = el(
      "article",
      { "aria-labelledby": this.id },
      el("h2", { id: this.id }, question),
      this.answer, this.note, this.countdown, this.fault, this.sources, this.meta,
    );
  }

  /** Takes in a line of the stream. */
  take({ references, response, error }) {
    if (references) this.#cite(references);
    if (response) {
      this.#firstWord ??= performance.now() - this.#began;
      this.text += response;
      // Once a frame at most: a fast model sends more pieces than a screen shows.
      this.#frame ||= requestAnimationFrame(() => this.#draw());
    }
    if (error) this.fail(`The answer broke off. ${error}`);
  }

  /** Nothing comes any more. */
  end(word) {
    this.#draw();
    this.answer.setAttribute("aria-busy", "false");
    this.waiting("");
    const first = this.#firstWord === null ? [] : [`first word after ${span(this.#firstWord)}`];
    const all = `${span(performance.now() - this.#began)} in all`;
    say(this.meta, [word, this.mode, ...first, all].filter(Boolean).join(" · "));
  }

  fail(words) {
    this.fault.replaceChildren(el("p", { className: "fault" }, words));
  }

  /** What is waited for, and the seconds until the question is asked again. */
  waiting(words, seconds) {
    say(this.note, words);
    say(this.countdown, seconds === undefined ? "" : `Asking again in ${seconds} s`);
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.answer.replaceChildren(...render(this.text, (n) => this.#link(n)));
  }

  #link(n) {
    const source = this.#references.get(n);
    if (!source) return null;
    const link = el("a", { className: "cite", href: `#${source.id}`, "aria-label": `[${n}] ${source.name}` }, `[${n}]`);
    link.onclick = (event) => {
      event.preventDefault();
      source.details.open = true;
      source.details.firstChild.focus();
    };
    return link;
  }

  #cite(references) {
    const items = references.map(({ reference_id: n, file_path: name, content }) => {
      const texts = [content ?? []].flat();
      const id = `${this.id}-source-${n}`;
      const details = el(
        "details",
        { id },
        el("summary", {}, el("span", { className: "number" }, `[${n}] `), name, " ", el("small", {}, texts.length ? count(texts.length, "excerpt") : "")),
        ...texts.map((text) => el("blockquote", {}, text)),
      );
      this.#references.set(String(n), { id, name, details });
      return el("li", {}, details);
    });
    this.sources.replaceChildren();
    if (items.length) this.sources.append(el("h3", {}, "Sources"), el("ul", {}, ...items));
  }
}
