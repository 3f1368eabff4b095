// JSON Schemas of an OpenAPI document, as lists to read.

import { el } from "./dom.js";

/** Deeper than this, a shape is told by its name alone: shapes may hold themselves. */
const DEEPEST = 5;

export class Schemas {
  constructor(api) {
    this.api = api;
  }

  /** What `$ref` points at. */
  resolve(part) {
    if (!part?.$ref) return part;
    const path = part.$ref.slice(2).split("/").map((it) => it.replaceAll("~1", "/").replaceAll("~0", "~"));
    return this.resolve(path.reduce((inside, name) => inside?.[name], this.api)) ?? {};
  }

  /** The fields of a schema, as a list. */
  shape(schema, depth = 0) {
    const fields = depth < DEEPEST ? this.#fields(schema) : [];
    if (!fields.length) return el("p", { className: "meta" }, this.words(schema));
    return el("ul", { className: "shape" }, ...fields.map(([name, inside, required]) => this.field(name, inside, required, depth)));
  }

  field(name, schema, isRequired, depth = 0) {
    const whole = { ...this.resolve(schema), ...schema };
    const inner = this.#fields(whole).length && depth < DEEPEST ? this.shape(whole, depth + 1) : null;
    return el(
      "li",
      {},
      el("code", {}, name),
      el("span", { className: "meta" }, ` ${[this.words(whole), isRequired ? "required" : ""].filter(Boolean).join(", ")}`),
      whole.description ? el("p", {}, whole.description) : null,
      inner,
    );
  }

  /** A schema in a few words: its type, its bounds, its default. */
  words(schema) {
    const it = { ...this.resolve(schema), ...schema };
    const among = it.oneOf ?? it.anyOf;
    if (it.enum) return it.enum.map((one) => JSON.stringify(one)).join(" | ");
    if (it.const !== undefined) return JSON.stringify(it.const);
    if (among) return [...new Set(among.map((one) => this.words(one)))].join(" | ");
    let words = [it.type ?? (it.properties || it.allOf ? "object" : "any")].flat().join(" | ");
    if (it.items) words = words.replace("array", `list of ${this.words(it.items)}`);
    if (it.format) words += ` (${it.format})`;
    const bounds = [["minimum", "from"], ["maximum", "to"], ["minLength", "at least"], ["maxLength", "at most"]];
    const told = bounds.filter(([name]) => it[name] !== undefined).map(([name, word]) => `${word} ${it[name]}`);
    if (it.default !== undefined && it.default !== null) told.push(`default ${JSON.stringify(it.default)}`);
    return [words, told.join(" ")].filter(Boolean).join(", ");
  }

  /** Name, schema and whether it is required; of a list, those of its items. */
  #fields(schema) {
    const it = this.resolve(schema) ?? {};
    const parts = [...(it.allOf ?? []), ...(it.oneOf ?? it.anyOf ?? []).filter((one) => one.type !== "null")];
    const own = Object.entries(it.properties ?? {}).map(([name, inside]) => [name, inside, it.required?.includes(name)]);
    const fields = [...own, ...parts.flatMap((part) => this.#fields(part))];
    return fields.length || !it.items ? fields : this.#fields(it.items);
  }
}
