// The door of a stack that sleeps: while no task runs, the load balancer sends its requests here.
//
// The switch is what autoscaling keeps the service within: MINIMUM to MAXIMUM wakes it, 0 to 0 sends it to sleep. The count
// itself is never written, so that nothing fights over it. What the state is, is read anew each time: bounds, the targets'
// health, the weights of the rules. So a call that was lost, or made twice, is made good by the next one.
//
// Called by the load balancer with a request, by a schedule each minute with `{"action": "tick"}`, and by ragctl with
// `wake`, `sleep` or `state`. An action answers `{state: "awake" | "waking" | "asleep", changed, reason}`.

import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeServicesCommand, ECSClient, TagResourceCommand } from "@aws-sdk/client-ecs";
import {
  DescribeRulesCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";

// No path makes more than four calls one after the other, so that all of it ends within the function's 10 s.
const CALL_MS = 2_000;
// How long requests share one wake, as the balancer on this machine does.
const RING_AGAIN_MS = 5_000;
const MINUTE_MS = 60_000;
// Written to the service when it is woken, so that its idle time counts from then.
const WOKEN = "ragctl:woken";

const { CLUSTER, SERVICE, TARGET_GROUP } = process.env;
const LISTENERS = process.env.LISTENERS.split(",");
const [MINIMUM, MAXIMUM] = [Number(process.env.MINIMUM), Number(process.env.MAXIMUM)];
const ACCEPT = process.env.ACCEPT === "true";
// Metrics tell a minute once it is over, and up to two minutes later: what is younger nobody knows yet.
const UNTOLD_SECONDS = 180;
// A request is counted when it begins: twice the longest one may pass before nobody can still wait for an answer.
const IDLE_MS =
  1_000 * Math.max(Number(process.env.IDLE_SECONDS), 2 * Number(process.env.REQUEST_SECONDS), UNTOLD_SECONDS);

const SCALABLE = {
  ServiceNamespace: "ecs",
  ScalableDimension: "ecs:service:DesiredCount",
};
const RESOURCE = `service/${CLUSTER}/${SERVICE}`;

// Made once, so that an instance that is called again uses its connections again.
const options = { maxAttempts: 2 };
const autoscaling = new ApplicationAutoScalingClient(options);
const cloudwatch = new CloudWatchClient(options);
const ecs = new ECSClient(options);
const elb = new ElasticLoadBalancingV2Client(options);

const send = (client, command) => client.send(command, { abortSignal: AbortSignal.timeout(CALL_MS) });
const log = (line) => console.log(JSON.stringify(line));

export const handler = async (event) => {
  if (event?.requestContext?.elb) return answer(event);
  const action = ACTIONS[event?.action];
  if (!action) throw new Error(`no action of wake.mjs: ${JSON.stringify(event?.action)}`);
  const told = await action();
  log({ action: event.action, ...told });
  return told;
};

// ---- Requests -------------------------------------------------------------------------------------------------------

async function answer(event) {
  const purpose = event.headers?.["x-ragctl-purpose"] ?? "user";
  if (purpose === "probe") return response(503, 30, ASLEEP);
  let told = {};
  try {
    told = await ring();
  } catch (error) {
    // The caller comes again, and so does the call.
    log({ failed: "wake", purpose, error: `${error.name}: ${error.message}` });
  }
  log({ request: purpose, method: event.httpMethod, path: event.path, ...told });
  if (purpose === "ping") return response(202, 10, ACCEPTED);
  const page = event.httpMethod === "GET" && event.headers?.accept?.includes("text/html");
  if (told.state === "awake") return response(503, 5, warming(5), page);
  return ACCEPT ? response(202, 10, ACCEPTED, page) : response(503, 30, warming(30), page);
}

// The same shapes as the balancer on this machine gives: stacks/local/src/balancer/refusal.rs.
const ASLEEP = { detail: "the stack sleeps, and a probe does not wake it", code: "asleep" };
const ACCEPTED = initializing("a task is starting, please retry in 10-20s");

function warming(seconds) {
  return initializing(`Service warming up, retry in ${seconds}s`);
}

function initializing(message) {
  return { status: "initializing", message, embedding_ready: false, llm_ready: false };
}

// What a browser shows while the stack starts: stacks/local/src/balancer/starting.html.
const starting = (seconds) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="${seconds}">
<title>Starting</title>
<style>:root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}</style>
<h1>Starting</h1>
<p>The service slept and starts now. This page asks again every ${seconds} s.</p>
`;

function response(status, retryAfter, body, page) {
  const phrase = { 202: "Accepted", 503: "Service Unavailable" }[status];
  return {
    statusCode: status,
    statusDescription: `${status} ${phrase}`,
    isBase64Encoded: false,
    headers: {
      "content-type": page ? "text/html; charset=utf-8" : "application/json",
      "cache-control": "no-store",
      "retry-after": String(retryAfter),
    },
    body: page ? starting(retryAfter) : JSON.stringify(body),
  };
}

// However many ask at once or soon after each other, one wakes.
let rung;

function ring() {
  if (rung && Date.now() < rung.at + RING_AGAIN_MS) return rung.told;
  const mine = { at: Date.now(), told: wake() };
  rung = mine;
  // A wake that failed is nobody's: the next request tries again.
  mine.told.catch(() => {
    if (rung === mine) rung = undefined;
  });
  return mine.told;
}

// ---- Actions --------------------------------------------------------------------------------------------------------

const ACTIONS = { wake, sleep, tick, state };

async function wake() {
  const [bounds, targets, service] = await Promise.all([readBounds(), readTargets(), readService()]);
  const missing = whatIsMissing(bounds, service);
  if (missing) return outcome("asleep", false, missing);
  if (sleeps(bounds)) {
    // Rules stay as they are: a target that is still healthy now is on its way out.
    await setBounds(MINIMUM, MAXIMUM);
    await markWoken(service);
    return outcome("waking", true, `it may have ${MINIMUM} to ${MAXIMUM} tasks again`);
  }
  if (targets.healthy === 0) return outcome("waking", false, "no target is healthy yet");
  const flipped = await lead(await readRules(), "app");
  return outcome("awake", flipped > 0, flipped > 0 ? "requests go to its tasks again" : "it is awake already");
}

async function sleep() {
  const seen = await look();
  return seen.missing ? outcome("asleep", false, seen.missing) : fallAsleep(seen, "asked to");
}

async function state() {
  const seen = await look();
  if (seen.missing) return outcome("asleep", false, seen.missing);
  const { bounds, targets } = seen;
  const reason = `${bounds.MinCapacity} to ${bounds.MaxCapacity} tasks, ${targets.healthy} of ${targets.registered} healthy`;
  return outcome(stateOf(seen), false, reason);
}

async function tick() {
  const seen = await look();
  const { bounds, targets, rules } = seen;
  if (seen.missing) return outcome("asleep", false, seen.missing);
  if (sleeps(bounds)) {
    const flipped = await lead(rules, "door");
    return outcome("asleep", flipped > 0, flipped > 0 ? "requests came to no task: back to the door" : "it sleeps");
  }
  if (targets.healthy > 0 && (await lead(rules, "app")) > 0) {
    return outcome("awake", true, "a target is healthy: requests go to its tasks");
  }
  if (targets.registered === 0 && (await lead(rules, "door")) > 0) {
    return outcome("waking", true, "no target is registered: requests come to the door");
  }
  // A wake that leads nowhere ends too: else a broken stack would never rest.
  const now = stateOf(seen);
  if (isDeploying(seen.service)) return outcome(now, false, "a deployment is under way");
  const used = await lastUse(seen);
  const idle = Date.now() - used;
  const since = `last used ${new Date(used).toISOString()}`;
  return idle > IDLE_MS ? fallAsleep(seen, since) : outcome(now, false, since);
}

async function fallAsleep({ bounds, rules, ...rest }, why) {
  const now = stateOf({ bounds, rules, ...rest });
  // Without a door nothing would wake it again.
  if (rules.length === 0) return outcome(now, false, "no rule leads to the door");
  // The door first: between the two, requests would meet a load balancer without a target.
  const flipped = await lead(rules, "door");
  const slept = sleeps(bounds);
  if (!slept) await setBounds(0, 0);
  rung = undefined;
  return outcome("asleep", flipped > 0 || !slept, why);
}

function outcome(state, changed, reason) {
  return { state, changed, reason };
}

// ---- What there is --------------------------------------------------------------------------------------------------

async function look() {
  const [bounds, targets, rules, service] = await Promise.all([
    readBounds(),
    readTargets(),
    readRules(),
    readService(),
  ]);
  return { bounds, targets, rules, service, missing: whatIsMissing(bounds, service) };
}

function whatIsMissing(bounds, service) {
  if (!service || service.status === "INACTIVE") return `there is no service ${SERVICE} in ${CLUSTER}`;
  if (!bounds) return `autoscaling does not know ${RESOURCE}`;
  return undefined;
}

const sleeps = (bounds) => bounds.MinCapacity === 0 && bounds.MaxCapacity === 0;

function stateOf({ bounds, targets, rules }) {
  if (sleeps(bounds)) return "asleep";
  return targets.healthy > 0 && rules.every((rule) => rule.app.Weight > 0) ? "awake" : "waking";
}

async function readBounds() {
  const found = await send(
    autoscaling,
    new DescribeScalableTargetsCommand({ ...SCALABLE, ResourceIds: [RESOURCE] }),
  );
  return found.ScalableTargets?.[0];
}

async function setBounds(MinCapacity, MaxCapacity) {
  const bounds = { ...SCALABLE, ResourceId: RESOURCE, MinCapacity, MaxCapacity };
  await send(autoscaling, new RegisterScalableTargetCommand(bounds));
}

async function readTargets() {
  const found = await send(elb, new DescribeTargetHealthCommand({ TargetGroupArn: TARGET_GROUP }));
  const states = (found.TargetHealthDescriptions ?? []).map((it) => it.TargetHealth.State);
  return {
    registered: states.filter((it) => it !== "draining").length,
    healthy: states.filter((it) => it === "healthy").length,
  };
}

async function readService() {
  const asked = { cluster: CLUSTER, services: [SERVICE], include: ["TAGS"] };
  return (await send(ecs, new DescribeServicesCommand(asked))).services?.[0];
}

const isDeploying = ({ deployments }) =>
  deployments.length > 1 || deployments.some((it) => it.rolloutState === "IN_PROGRESS");

async function markWoken(service) {
  const tags = [{ key: WOKEN, value: new Date().toISOString() }];
  try {
    await send(ecs, new TagResourceCommand({ resourceArn: service.serviceArn, tags }));
  } catch (error) {
    // It is awake all the same; the request that woke it is counted too, if later.
    log({ failed: "tag", error: `${error.name}: ${error.message}` });
  }
}

// ---- Rules ----------------------------------------------------------------------------------------------------------

// The rules that choose between the tasks and the door, in whichever listener.
async function readRules() {
  const found = await Promise.all(LISTENERS.map(rulesOf));
  return found.flat().flatMap((rule) => {
    const groups = forwardOf(rule)?.ForwardConfig?.TargetGroups ?? [];
    const app = groups.find((it) => it.TargetGroupArn === TARGET_GROUP);
    const door = groups.find((it) => it.TargetGroupArn !== TARGET_GROUP);
    return groups.length === 2 && app && door ? [{ rule, app, door }] : [];
  });
}

async function rulesOf(listener) {
  const asked = { ListenerArn: listener, PageSize: 400 };
  const page = await send(elb, new DescribeRulesCommand(asked));
  return page.Rules ?? [];
}

const forwardOf = (rule) => rule.Actions?.find((it) => it.Type === "forward");

// Leads all requests to the tasks ("app") or to this function ("door"). How many rules had to be changed.
async function lead(rules, to) {
  const weights = to === "app" ? { app: 1, door: 0 } : { app: 0, door: 1 };
  const differ = rules.filter((it) => it.app.Weight !== weights.app || it.door.Weight !== weights.door);
  await Promise.all(
    differ.map(({ rule, app, door }) => {
      const forward = forwardOf(rule);
      const groups = [
        { TargetGroupArn: app.TargetGroupArn, Weight: weights.app },
        { TargetGroupArn: door.TargetGroupArn, Weight: weights.door },
      ];
      const led = { ...forward, ForwardConfig: { ...forward.ForwardConfig, TargetGroups: groups } };
      const actions = rule.Actions.map((it) => (it === forward ? led : it));
      return send(elb, new ModifyRuleCommand({ RuleArn: rule.RuleArn, Actions: actions }));
    }),
  );
  return differ.length;
}

// ---- Use ------------------------------------------------------------------------------------------------------------

// When it was last used, in ms. Throws where that cannot be known: what nobody knows must not put it to sleep.
async function lastUse({ service, rules }) {
  const woken = service.tags?.find((it) => it.key === WOKEN)?.value;
  const times = [woken, ...service.deployments.flatMap((it) => [it.createdAt, it.updatedAt])];
  const known = times.map((it) => new Date(it).getTime()).filter(Number.isFinite);
  return Math.max(0, ...known, await lastRequest(rules));
}

// The end of the last minute with a request for the tasks or for the door, 0 for none since before it would matter.
async function lastRequest(rules) {
  const groups = new Set([TARGET_GROUP, ...rules.map((it) => it.door.TargetGroupArn)]);
  const balancers = new Set(LISTENERS.map((it) => it.split(":listener/")[1].split("/").slice(0, 3).join("/")));
  const pairs = [...balancers].flatMap((balancer) => [...groups].map((group) => [balancer, group]));
  const now = Date.now();
  const found = await send(
    cloudwatch,
    new GetMetricDataCommand({
      // Minutes are told once they are over, and some time after.
      StartTime: new Date(now - IDLE_MS - 5 * MINUTE_MS),
      EndTime: new Date(now),
      ScanBy: "TimestampDescending",
      MetricDataQueries: pairs.map(([balancer, group], at) => requestsOf(balancer, group, `m${at}`)),
    }),
  );
  const results = found.MetricDataResults ?? [];
  const unknown = results.find((it) => it.StatusCode !== "Complete");
  if (unknown || results.length < pairs.length) {
    throw new Error(`CloudWatch did not tell the requests: ${unknown?.StatusCode ?? "no result"}`);
  }
  const minutes = results.flatMap((it) => it.Timestamps.filter((_, at) => it.Values[at] > 0));
  return Math.max(0, ...minutes.map((it) => new Date(it).getTime() + MINUTE_MS));
}

function requestsOf(balancer, group, id) {
  const dimensions = [
    { Name: "LoadBalancer", Value: balancer },
    { Name: "TargetGroup", Value: group.slice(group.indexOf("targetgroup/")) },
  ];
  const metric = { Namespace: "AWS/ApplicationELB", MetricName: "RequestCount", Dimensions: dimensions };
  return { Id: id, ReturnData: true, MetricStat: { Metric: metric, Period: 60, Stat: "Sum" } };
}
