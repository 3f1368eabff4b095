// Loads a function as Lambda does when it starts an instance of it: with its own environment, and nothing remembered.

import { readFileSync } from "node:fs";
import { register } from "node:module";

import { APP, LISTENER, OTHER_LISTENER } from "./account.mjs";

register("./hooks.mjs", import.meta.url);

const FOLDER = new URL("../../", import.meta.url);
let instances = 0;

export const event = (name) => JSON.parse(readFileSync(new URL(`../events/${name}.json`, import.meta.url)));

const WAKE = {
  CLUSTER: "handbook",
  SERVICE: "handbook",
  TARGET_GROUP: APP,
  LISTENERS: `${LISTENER},${OTHER_LISTENER}`,
  MINIMUM: "1",
  MAXIMUM: "10",
  IDLE_SECONDS: "900",
  REQUEST_SECONDS: "180",
  ACCEPT: "false",
};

async function instance(name, environment) {
  Object.assign(process.env, environment);
  instances += 1;
  return (await import(new URL(`${name}.mjs?${instances}`, FOLDER).href)).handler;
}

export const wakeFunction = (environment = {}) => instance("wake", { ...WAKE, ...environment });

export const pingFunction = (endpoint) => instance("ping", { ENDPOINT: endpoint });

/** The function at the edge with its one line of settings written anew, as a deployment does. */
export async function edgeFunction(settings) {
  const source = readFileSync(new URL("edge.mjs", FOLDER), "utf8");
  const line = /^const SETTINGS = (\{.*\});$/m;
  const written = { ...JSON.parse(line.exec(source)[1]), ...settings };
  instances += 1;
  const text = source.replace(line, () => `const SETTINGS = ${JSON.stringify(written)};`) + `// ${instances}\n`;
  return (await import(`data:text/javascript,${encodeURIComponent(text)}`)).handler;
}

/** What is logged while `act` runs, a parsed line each. */
export async function logged(act) {
  const lines = [];
  const log = console.log;
  console.log = (line) => lines.push(JSON.parse(line));
  try {
    await act();
  } finally {
    console.log = log;
  }
  return lines;
}
