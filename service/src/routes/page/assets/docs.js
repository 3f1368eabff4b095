// The reference of the API, read from the service's own OpenAPI document.

import { $, count, el, say } from "./dom.js";
import { request } from "./http.js";
import { Schemas } from "./schema.js";

const METHODS = ["get", "put", "post", "delete", "patch"];

function show(api) {
  const schemas = new Schemas(api);
  say($("title"), `${api.info.title} ${api.info.version}`);
  say($("about"), api.info.description ?? "");
  const operations = [];
  for (const [path, item] of Object.entries(api.paths ?? {})) {
    for (const method of METHODS.filter((name) => item[name])) {
      operations.push(operation(schemas, api, method.toUpperCase(), path, { ...item[method], shared: item.parameters }));
    }
  }
  $("operations").replaceChildren(...operations.map(({ element }) => element));
  const filter = () => {
    const words = $("filter").value.toLowerCase().split(/\s+/);
    let found = 0;
    for (const { element, text } of operations) {
      element.hidden = !words.every((word) => text.includes(word));
      found += element.hidden ? 0 : 1;
    }
    say($("found"), `${found} of ${count(operations.length, "route")}`);
  };
  $("filter").oninput = filter;
  filter();
}

function operation(schemas, api, method, path, { summary = "", description, tags = [], parameters = [], shared = [], requestBody, responses = {}, security }) {
  const key = (security ?? api.security ?? []).some((one) => Object.keys(one).length) ? " · needs a key" : "";
  const element = el(
    "details",
    { className: "card" },
    el("summary", {}, el("span", { className: "method" }, method), " ", el("strong", { className: "path" }, path), " ", el("span", { className: "meta" }, summary + key)),
    ...paragraphs(description === summary ? "" : description),
    ...parameterList(schemas, [...shared, ...parameters]),
    ...body(schemas, "Body", schemas.resolve(requestBody)),
    ...Object.entries(responses).flatMap(([status, response]) => answer(schemas, status, schemas.resolve(response))),
  );
  return { element, text: [method, path, summary, ...tags].join(" ").toLowerCase() };
}

const paragraphs = (text) => (text ?? "").split(/\n{2,}/).filter((it) => it.trim()).map((it) => el("p", {}, it));

function parameterList(schemas, parameters) {
  if (!parameters.length) return [];
  const rows = parameters.map((one) => schemas.resolve(one)).map(({ name, in: place, required, description, schema }) =>
    schemas.field(`${name} (${place})`, { description, ...schema }, required));
  return [el("h2", {}, "Parameters"), el("ul", { className: "shape" }, ...rows)];
}

function body(schemas, title, part) {
  return Object.entries(part?.content ?? {}).flatMap(([type, { schema }]) => [
    el("h2", {}, title, el("small", {}, ` ${type}`)),
    schemas.shape(schema),
  ]);
}

function answer(schemas, status, response) {
  const shapes = body(schemas, `Answer ${status}`, response);
  const head = shapes.length ? [] : [el("h2", {}, `Answer ${status}`)];
  const [title, ...rest] = [...head, ...shapes];
  return [title, ...paragraphs(response.description), ...rest];
}

try {
  show(await (await request("openapi.json")).json());
} catch (error) {
  say($("fault"), `The description of the API is not there. ${error.message}`);
}
