// Each row of stacks/situations.json, against the functions put together as AWS has them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { account, changes, newAccount, weights } from "./support/account.mjs";
import { balancer, behindEdge } from "./support/balancer.mjs";
import { edgeFunction, logged, pingFunction, wakeFunction } from "./support/load.mjs";
import { refusing, serving } from "./support/service.mjs";

const TABLE = JSON.parse(readFileSync(new URL("../../../situations.json", import.meta.url)));
const DIMENSIONS = ["front", "state", "method", "purpose"];
const many = (value) => [value].flat();
const nameOf = (situation) => DIMENSIONS.map((it) => situation[it]).join(", ");

/** Every situation that there is. */
function situations() {
  const every = { front: Object.keys(TABLE.fronts), state: Object.keys(TABLE.states), method: TABLE.methods, purpose: TABLE.purposes };
  return product(every).filter((it) =>
    Object.entries(TABLE.only[it.front] ?? {}).every(([dimension, words]) => words.includes(it[dimension])),
  );
}

const product = (words) =>
  DIMENSIONS.reduce(
    (sofar, dimension) => sofar.flatMap((it) => many(words[dimension]).map((word) => ({ ...it, [dimension]: word }))),
    [{}],
  );

const rows = TABLE.rows.flatMap((row) => product(row).map((situation) => ({ ...row, ...situation })));

test("every situation has one row, and every row is a situation", () => {
  const sorted = (all) => all.map(nameOf).sort();
  assert.deepEqual(sorted(rows), sorted(situations()));
});

const BROKEN = [503, { detail: "the provider cannot be reached", code: "provider_unreachable" }];

/** What stands behind, in a state: the service's address, if it has one, and what came to it. */
async function backEnd(state) {
  if (state === "asleep") return { requests: [], close() {} };
  if (state === "cold") return { url: await refusing(), requests: [], close() {} };
  const warm = state !== "warming";
  return serving((request) => {
    if (request.url === "/warmup") return [warm ? 200 : 202, { embedding_ready: true, llm_ready: warm }, { "retry-after": "10" }];
    return state === "warm" ? [200, { response: "forty metres" }] : BROKEN;
  });
}

const ACCOUNTS = {
  asleep: { bounds: [0, 0], targets: [], weights: [0, 1] },
  cold: { bounds: [1, 10], targets: ["initial"], weights: [0, 1] },
  warming: { bounds: [1, 10], targets: ["initial"], weights: [0, 1] },
  warm: { bounds: [1, 10], targets: ["healthy"], weights: [1, 0] },
  failing: { bounds: [1, 10], targets: ["healthy"], weights: [1, 0] },
};

async function asked({ front, method, purpose }, entry) {
  if (front === "keepalive") {
    try {
      return { status: (await (await pingFunction(entry.url))({ path: "/health" })).status };
    } catch (error) {
      // It throws, so that Lambda counts a failure.
      return { status: Number(/answered (\d+)$/.exec(error.message)[1]) };
    }
  }
  const headers = purpose === "user" ? {} : { "x-ragctl-purpose": purpose };
  const asking = { method, path: "/query", headers, body: method === "POST" ? '{"query": "How long is it?"}' : undefined };
  if (front.startsWith("edge")) {
    return behindEdge(await edgeFunction({ origin: entry.url }), entry.url, asking);
  }
  const answer = await fetch(new URL(asking.path, entry.url), asking);
  return { status: answer.status, retryAfter: answer.headers.get("retry-after"), text: await answer.text() };
}

for (const row of rows) {
  test(nameOf(row), async (t) => {
    const { front, state, purpose } = row;
    newAccount(ACCOUNTS[state]);
    const behind = await backEnd(state);
    const sleeper = front !== "edge";
    const entry = await balancer({
      service: behind.url,
      door: await wakeFunction({ ACCEPT: String(front === "idle-async") }),
      atDoor: () => sleeper && weights()[0][1] === 1,
    });
    t.after(() => Promise.all([behind.close(), entry.close()]));
    let answer;
    await logged(async () => (answer = await asked(row, entry)));

    assert.equal(answer.status, row.status);
    if ("retry_after" in row) assert.equal(answer.retryAfter ?? null, row.retry_after && String(row.retry_after));
    if (row.body) {
      const told = JSON.parse(answer.text);
      assert.deepEqual(Object.fromEntries(Object.keys(row.body).map((it) => [it, told[it]])), row.body);
    }
    assert.equal(changes().filter((it) => it === "RegisterScalableTarget").length, row.wakes ? 1 : 0);
    assert.equal(account.bounds.MaxCapacity > 0, row.wakes || state !== "asleep");
    const came = (path) => behind.requests.some((it) => (it.url === "/warmup") === path);
    assert.deepEqual({ reaches: came(false), warmup: came(true) }, { reaches: row.reaches, warmup: row.warmup });
    if (purpose !== "user" && came(false)) {
      assert.equal(behind.requests[0].headers["x-ragctl-purpose"], purpose);
    }
  });
}
