// The door of a stack that sleeps, before an account in memory.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { account, ago, APP, changes, DOOR, newAccount, weights } from "./support/account.mjs";
import { event, logged, wakeFunction } from "./support/load.mjs";

const GROUP = Object.fromEntries(
  Object.entries({ app: APP, door: DOOR }).map(([name, arn]) => [name, arn.split(":").pop()]),
);
const AT_DOOR = [[0, 1], [0, 1]];
const AT_APP = [[1, 0], [1, 0]];
const awake = (more) => newAccount({ bounds: [1, 10], targets: ["healthy"], weights: [1, 0], ...more });
const request = (purpose, name = "alb-post") => {
  const asked = event(name);
  if (purpose) asked.headers["x-ragctl-purpose"] = purpose;
  return asked;
};
const deployed = (...deployments) => ({
  serviceArn: "arn:aws:ecs:eu-west-1:123456789012:service/handbook/handbook",
  status: "ACTIVE",
  tags: [],
  deployments,
});
const primary = (more) => ({
  status: "PRIMARY",
  rolloutState: "COMPLETED",
  createdAt: ago(90_000),
  updatedAt: ago(90_000),
  ...more,
});

/** What an action answers, without what it logs. */
async function acted(action, environment) {
  const handler = await wakeFunction(environment);
  let told;
  await logged(async () => (told = await handler(typeof action === "string" ? { action } : action)));
  return told;
}

async function asked(handler, asking) {
  let answer;
  const lines = await logged(async () => (answer = await handler(asking)));
  return { ...answer, told: JSON.parse(answer.body), lines };
}

test("a user's request wakes: capacity first, and the rules stay", async () => {
  newAccount();
  const answer = await asked(await wakeFunction(), request());
  assert.equal(answer.statusCode, 503);
  assert.equal(answer.statusDescription, "503 Service Unavailable");
  assert.equal(answer.headers["retry-after"], "30");
  assert.deepEqual(answer.told, {
    status: "initializing",
    message: "Service warming up, retry in 30s",
    embedding_ready: false,
    llm_ready: false,
  });
  assert.deepEqual(changes(), ["RegisterScalableTarget", "TagResource"]);
  assert.deepEqual(account.calls.find((it) => it.name === "RegisterScalableTarget").input, {
    ServiceNamespace: "ecs",
    ScalableDimension: "ecs:service:DesiredCount",
    ResourceId: "service/handbook/handbook",
    MinCapacity: 1,
    MaxCapacity: 10,
  });
  const [woken] = account.service.tags;
  assert.equal(woken.key, "ragctl:woken");
  assert.ok(Date.now() - Date.parse(woken.value) < 10_000);
  assert.deepEqual(weights(), AT_DOOR);
  assert.deepEqual(
    answer.lines.map((it) => [it.request, it.state, it.changed]),
    [["user", "waking", true]],
  );
});

test("with async-init it is 202", async () => {
  newAccount();
  const answer = await asked(await wakeFunction({ ACCEPT: "true" }), request());
  assert.deepEqual([answer.statusCode, answer.headers["retry-after"]], [202, "10"]);
  assert.equal(answer.told.message, "a task is starting, please retry in 10-20s");
  assert.deepEqual(account.bounds, { MinCapacity: 1, MaxCapacity: 10 });
});

test("a browser gets a page that asks again, the same as on this machine", async () => {
  newAccount();
  const asking = request(undefined, "alb-get");
  asking.headers.accept = "text/html,application/xhtml+xml,*/*;q=0.8";
  let answer;
  await logged(async () => (answer = await (await wakeFunction())(asking)));
  assert.deepEqual([answer.statusCode, answer.headers["content-type"]], [503, "text/html; charset=utf-8"]);
  const page = readFileSync(new URL("../../../local/src/balancer/starting.html", import.meta.url), "utf8");
  assert.equal(answer.body, page.replaceAll("SECONDS", "30"));
  assert.deepEqual(account.bounds, { MinCapacity: 1, MaxCapacity: 10 });
});

test("a ping wakes and gets 202, a probe wakes nobody", async () => {
  newAccount();
  const handler = await wakeFunction();
  const probe = await asked(handler, request("probe", "alb-get"));
  assert.deepEqual([probe.statusCode, probe.headers["retry-after"], probe.told.code], [503, "30", "asleep"]);
  assert.deepEqual(account.calls, []);
  const ping = await asked(handler, request("ping", "alb-get"));
  assert.deepEqual([ping.statusCode, ping.headers["retry-after"]], [202, "10"]);
  assert.deepEqual(account.bounds, { MinCapacity: 1, MaxCapacity: 10 });
});

test("two hundred at once and one soon after share a wake", async () => {
  newAccount();
  const handler = await wakeFunction();
  await logged(async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => handler(request())));
    assert.ok(answers.every((it) => it.statusCode === 503));
    await handler(request());
  });
  assert.deepEqual(changes(), ["RegisterScalableTarget", "TagResource"]);
  assert.equal(account.calls.length, 5);
});

test("after five seconds it looks again, and leads requests to a target that is healthy by then", async (t) => {
  newAccount();
  const handler = await wakeFunction();
  await asked(handler, request());
  account.targets = ["healthy"];
  const soon = await asked(handler, request());
  assert.equal(soon.headers["retry-after"], "30");
  const later = Date.now() + 5_001;
  t.mock.method(Date, "now", () => later);
  const answer = await asked(handler, request());
  assert.deepEqual([answer.statusCode, answer.headers["retry-after"]], [503, "5"]);
  assert.equal(answer.told.message, "Service warming up, retry in 5s");
  assert.deepEqual(weights(), AT_APP);
});

test("a target that is healthy while the stack sleeps is on its way out", async () => {
  newAccount({ targets: ["healthy"] });
  const answer = await asked(await wakeFunction(), request());
  assert.equal(answer.headers["retry-after"], "30");
  assert.deepEqual(weights(), AT_DOOR);
});

for (const [name, more] of [
  ["that is refused", { refuses: { RegisterScalableTarget: "AccessDeniedException" } }],
  ["whose look is refused", { refuses: { DescribeScalableTargets: "ThrottlingException" } }],
]) {
  test(`a wake ${name} is told in the log, its caller comes again, and so does the wake`, async () => {
    newAccount(more);
    const handler = await wakeFunction();
    const answer = await asked(handler, request());
    assert.deepEqual([answer.statusCode, answer.headers["retry-after"]], [503, "30"]);
    assert.match(answer.lines[0].error, /Exception: \w+ is refused/);
    account.refuses = {};
    await asked(handler, request());
    assert.deepEqual(account.bounds, { MinCapacity: 1, MaxCapacity: 10 });
  });
}

test("a call that is never answered is given up in time", async () => {
  newAccount({ hangs: new Set(["DescribeTargetHealth"]) });
  const began = Date.now();
  // What waits for an answer that never comes holds no process awake: on Lambda the socket would.
  const alive = setInterval(() => {}, 1_000);
  const answer = await asked(await wakeFunction(), request());
  clearInterval(alive);
  assert.equal(answer.statusCode, 503);
  assert.match(answer.lines[0].error, /TimeoutError/);
  assert.ok(Date.now() - began < 5_000);
});

test("a wake whose tag is refused is a wake all the same", async () => {
  newAccount({ refuses: { TagResource: "AccessDeniedException" } });
  assert.deepEqual((await acted("wake")).state, "waking");
  assert.deepEqual(account.bounds, { MinCapacity: 1, MaxCapacity: 10 });
});

test("what is asked of it by name", async () => {
  newAccount();
  assert.deepEqual([(await acted("state")).state, changes()], ["asleep", []]);
  const woken = await acted("wake");
  assert.deepEqual([woken.state, woken.changed], ["waking", true]);
  assert.equal((await acted("state")).state, "waking");
  assert.deepEqual((await acted("wake")).changed, false);
  account.targets = ["healthy", "initial"];
  const up = await acted("wake");
  assert.deepEqual([up.state, up.changed, weights()], ["awake", true, AT_APP]);
  assert.deepEqual(await acted("state"), {
    state: "awake",
    changed: false,
    reason: "1 to 10 tasks, 1 of 2 healthy",
  });
  const slept = await acted("sleep");
  assert.deepEqual([slept.state, slept.changed, slept.reason], ["asleep", true, "asked to"]);
  assert.deepEqual(account.bounds, { MinCapacity: 0, MaxCapacity: 0 });
  assert.deepEqual([(await acted("sleep")).changed, weights()], [false, AT_DOOR]);
  await assert.rejects(acted("dance"), /no action of wake.mjs: "dance"/);
  await assert.rejects(acted({}), /no action/);
});

test("who asks for sleep gets it, even during a deployment", async () => {
  awake({ service: deployed(primary({ rolloutState: "IN_PROGRESS" })) });
  assert.equal((await acted("sleep")).state, "asleep");
});

test("a stack that is healthy behind its door is not awake yet", async () => {
  newAccount({ bounds: [1, 10], targets: ["healthy"], weights: [0, 1] });
  assert.equal((await acted("state")).state, "waking");
});

test("a request soon after sleep wakes anew", async () => {
  newAccount();
  const handler = await wakeFunction();
  await asked(handler, request());
  await logged(() => handler({ action: "sleep" }));
  assert.deepEqual(account.bounds, { MinCapacity: 0, MaxCapacity: 0 });
  await asked(handler, request());
  assert.deepEqual(account.bounds, { MinCapacity: 1, MaxCapacity: 10 });
});

test("on the way to sleep the rules come first", async () => {
  awake();
  await acted("sleep");
  assert.deepEqual(changes(), ["ModifyRule", "ModifyRule", "RegisterScalableTarget"]);
  awake({ refuses: { ModifyRule: "TooManyRequestsException" } });
  await assert.rejects(acted("sleep"), /ModifyRule/);
  assert.deepEqual(account.bounds, { MinCapacity: 1, MaxCapacity: 10 });
});

test("a rule keeps all else that it says, and others' rules are left alone", async () => {
  awake();
  const theirs = structuredClone(Object.values(account.rules).flat().at(-1));
  await acted("sleep");
  const [first] = Object.values(account.rules).flat();
  assert.deepEqual(first.Actions.map((it) => [it.Type, it.Order]), [["authenticate-oidc", 1], ["forward", 2]]);
  assert.deepEqual(first.Actions[1].ForwardConfig.TargetGroupStickinessConfig, { Enabled: false });
  assert.deepEqual(Object.values(account.rules).flat().at(-1), theirs);
});

test("a rule that chooses among three is not the door's", async () => {
  awake();
  const [first] = Object.values(account.rules).flat();
  const groups = first.Actions[1].ForwardConfig.TargetGroups;
  groups.push({ TargetGroupArn: `${DOOR}2`, Weight: 5 });
  const before = structuredClone(first);
  await acted("sleep");
  assert.deepEqual(first, before);
});

test("without a door it does not sleep", async () => {
  awake({ rules: {} });
  const told = await acted("sleep");
  assert.deepEqual([told.state, told.changed, changes()], ["awake", false, []]);
});

// [what there is, state, changed, weights afterwards]
for (const [name, there, state, changed, led] of [
  ["asleep", {}, "asleep", false, AT_DOOR],
  ["asleep, but requests go to its tasks", { weights: [1, 0] }, "asleep", true, AT_DOOR],
  ["a target is healthy", { bounds: [1, 10], targets: ["healthy"] }, "awake", true, AT_APP],
  ["none is healthy yet", { bounds: [1, 10], targets: ["initial"], requests: { [GROUP.door]: [[60, 1]] } }, "waking", false, AT_DOOR],
  ["all targets are gone", { bounds: [1, 10], targets: ["draining"], weights: [1, 0] }, "waking", true, AT_DOOR],
  ["unhealthy ones stay", { bounds: [1, 10], targets: ["unhealthy"], weights: [1, 0], requests: { [GROUP.app]: [[60, 1]] } }, "waking", false, AT_APP],
]) {
  test(`tick: ${name}`, async () => {
    newAccount(there);
    const told = await acted(event("schedule"));
    assert.deepEqual([told.state, told.changed, weights()], [state, changed, led], told.reason);
  });
}

// Idle after max(900 s, 2 × 180 s); a minute counts until its end.
for (const [name, there, state] of [
  ["nobody has asked for long", {}, "asleep"],
  ["minutes without a request are no use", { requests: { [GROUP.app]: [[120, 0], [60, 0]] } }, "asleep"],
  ["somebody has asked", { requests: { [GROUP.app]: [[300, 2]] } }, "awake"],
  ["somebody has asked at the door", { requests: { [GROUP.door]: [[300, 1]] } }, "awake"],
  ["a minute counts until its end", { requests: { [GROUP.app]: [[955, 1]] } }, "awake"],
  ["that minute is over for long enough", { requests: { [GROUP.app]: [[965, 1]] } }, "asleep"],
  ["it was just woken", { service: { ...deployed(primary()), tags: [{ key: "ragctl:woken", value: ago(60).toISOString() }] } }, "awake"],
  ["it was woken long ago", { service: { ...deployed(primary()), tags: [{ key: "ragctl:woken", value: ago(1_000).toISOString() }] } }, "asleep"],
  ["a tag that is no time says nothing", { service: { ...deployed(primary()), tags: [{ key: "ragctl:woken", value: "yes" }] } }, "asleep"],
  ["it was just deployed", { service: deployed(primary({ createdAt: ago(200) })) }, "awake"],
  ["it was just changed", { service: deployed(primary({ updatedAt: ago(200) })) }, "awake"],
  ["a deployment is under way", { service: deployed(primary({ rolloutState: "IN_PROGRESS" })) }, "awake"],
  ["an old deployment drains", { service: deployed(primary(), { status: "ACTIVE", createdAt: ago(90_000) }) }, "awake"],
  ["nothing ever got healthy", { targets: ["initial"], weights: [0, 1] }, "asleep"],
]) {
  test(`idle: ${name}`, async () => {
    awake(there);
    const told = await acted("tick");
    assert.equal(told.state, state, told.reason);
    const bounds = state === "asleep" ? { MinCapacity: 0, MaxCapacity: 0 } : { MinCapacity: 1, MaxCapacity: 10 };
    assert.deepEqual(account.bounds, bounds);
  });
}

test("the longest request holds off sleep twice as long as it may take", async () => {
  awake({ requests: { [GROUP.app]: [[1_500, 1]] } });
  assert.equal((await acted("tick", { REQUEST_SECONDS: "800" })).state, "awake");
  assert.equal((await acted("tick", { REQUEST_SECONDS: "180" })).state, "asleep");
});

test("a measure that is refused or incomplete puts nothing to sleep", async () => {
  awake({ refuses: { GetMetricData: "ThrottlingException" } });
  await assert.rejects(acted("tick"), /GetMetricData/);
  assert.deepEqual(changes(), []);
  awake({ metricStatus: "InternalError" });
  await assert.rejects(acted("tick"), /InternalError/);
  assert.deepEqual(changes(), []);
  awake({ metricsLost: 1 });
  await assert.rejects(acted("tick"), /no result/);
  assert.deepEqual(changes(), []);
});

test("it asks for the requests of both groups at each balancer, minute by minute", async () => {
  awake();
  await acted("tick");
  const { input } = account.calls.find((it) => it.name === "GetMetricData");
  const asked = input.MetricDataQueries.map(({ MetricStat }) => {
    assert.deepEqual([MetricStat.Period, MetricStat.Stat, MetricStat.Metric.MetricName], [60, "Sum", "RequestCount"]);
    return MetricStat.Metric.Dimensions.map((it) => it.Value);
  });
  assert.deepEqual(asked, [
    ["app/handbook/50dc6c495c0c9188", GROUP.app],
    ["app/handbook/50dc6c495c0c9188", GROUP.door],
    ["app/shared/0123456789abcdef", GROUP.app],
    ["app/shared/0123456789abcdef", GROUP.door],
  ]);
  assert.ok(input.EndTime - input.StartTime >= 900_000);
});

for (const action of ["wake", "sleep", "tick", "state"]) {
  for (const [name, there, reason] of [
    ["no service", { service: undefined }, /there is no service handbook in handbook/],
    ["an inactive service", { service: { ...deployed(), status: "INACTIVE" } }, /there is no service/],
    ["no scalable target", { bounds: null }, /autoscaling does not know service\/handbook\/handbook/],
  ]) {
    test(`${action} with ${name} does nothing, and says so`, async () => {
      newAccount(there);
      const told = await acted(action);
      assert.match(told.reason, reason);
      assert.deepEqual([told.changed, changes()], [false, []]);
    });
  }
}
