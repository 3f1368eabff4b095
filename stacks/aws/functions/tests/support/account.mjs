// A small AWS account in memory: records each command, and plays its part of the account.

const ELB = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";
export const LISTENER = `${ELB}:listener/app/handbook/50dc6c495c0c9188/f2f7dc8efc522ab2`;
export const OTHER_LISTENER = `${ELB}:listener/app/shared/0123456789abcdef/0e1c1b9a5c2d3f44`;
export const APP = `${ELB}:targetgroup/handbook-app/73e2d6bc24d8a067`;
export const DOOR = `${ELB}:targetgroup/handbook-wake/943f017f100becff`;
const SERVICE_ARN = "arn:aws:ecs:eu-west-1:123456789012:service/handbook/handbook";
const SECOND = 1_000;

export const ago = (seconds) => new Date(Date.now() - seconds * SECOND);

/** The account at hand. Each test makes its own. */
export let account;

export function newAccount({ bounds = [0, 0], targets = [], weights = [0, 1], ...rest } = {}) {
  account = {
    bounds: bounds && { MinCapacity: bounds[0], MaxCapacity: bounds[1] },
    /** The states of the targets of the app's group. */
    targets,
    rules: { [LISTENER]: [rule(1, weights)], [OTHER_LISTENER]: [rule(2, weights), foreign()] },
    service: {
      serviceArn: SERVICE_ARN,
      status: "ACTIVE",
      tags: [],
      deployments: [
        { status: "PRIMARY", rolloutState: "COMPLETED", createdAt: ago(90_000), updatedAt: ago(90_000) },
      ],
    },
    /** `targetgroup/…` → `[age in seconds, requests]` of minutes that have some. */
    requests: {},
    metricStatus: "Complete",
    /** How many of the results that were asked for are not there. */
    metricsLost: 0,
    /** Command → the error that it is refused with. */
    refuses: {},
    /** Commands that are never answered. */
    hangs: new Set(),
    calls: [],
    ...rest,
  };
  return account;
}

/** The names of the commands that change something, in their order. */
export const changes = () => account.calls.map((it) => it.name).filter((it) => !/^(Describe|GetMetric)/.test(it));

/** The weights of `[app, door]` of each rule that chooses between them. */
export const weights = () =>
  Object.values(account.rules)
    .flat()
    .map((it) => it.Actions.at(-1).ForwardConfig?.TargetGroups ?? [])
    .filter((it) => it.length === 2)
    .map((groups) => [APP, DOOR].map((arn) => groups.find((it) => it.TargetGroupArn === arn).Weight));

function rule(number, [app, door]) {
  const TargetGroups = [
    { TargetGroupArn: APP, Weight: app },
    { TargetGroupArn: DOOR, Weight: door },
  ];
  const stickiness = { TargetGroupStickinessConfig: { Enabled: false } };
  const forward = { Type: "forward", Order: 2, ForwardConfig: { TargetGroups, ...stickiness } };
  return { RuleArn: `${ELB}:rule/${number}`, Actions: [{ Type: "authenticate-oidc", Order: 1 }, forward] };
}

/** Somebody else's rule of a listener that the stack shares. */
function foreign() {
  const forward = { Type: "forward", TargetGroupArn: `${ELB}:targetgroup/theirs/0011223344556677` };
  return { RuleArn: `${ELB}:rule/theirs`, Actions: [forward] };
}

export class Command {
  constructor(input) {
    this.input = input;
  }
}

export class Client {
  async send(command, { abortSignal } = {}) {
    const name = command.constructor.name.replace(/Command$/, "");
    account.calls.push({ name, input: structuredClone(command.input) });
    // Others get their turn, as they do during a real call.
    await new Promise((resume) => setImmediate(resume));
    if (account.hangs.has(name)) {
      await new Promise((_, refuse) => {
        const stop = () => refuse(abortSignal.reason);
        abortSignal.addEventListener("abort", stop);
      });
    }
    const refusal = account.refuses[name];
    if (refusal) throw Object.assign(new Error(`${name} is refused`), { name: refusal });
    return PARTS[name](structuredClone(command.input));
  }
}

const PARTS = {
  DescribeScalableTargets: ({ ResourceIds }) => ({
    ScalableTargets: account.bounds && ResourceIds[0] === "service/handbook/handbook" ? [{ ...account.bounds }] : [],
  }),
  RegisterScalableTarget({ MinCapacity, MaxCapacity }) {
    account.bounds = { MinCapacity, MaxCapacity };
    return {};
  },
  DescribeTargetHealth: ({ TargetGroupArn }) => ({
    TargetHealthDescriptions: account.targets
      .filter(() => TargetGroupArn === APP)
      .map((State) => ({ TargetHealth: { State } })),
  }),
  DescribeRules: ({ ListenerArn }) => ({ Rules: structuredClone(account.rules[ListenerArn] ?? []) }),
  ModifyRule({ RuleArn, Actions }) {
    const changed = Object.values(account.rules).flat().find((it) => it.RuleArn === RuleArn);
    changed.Actions = Actions;
    return { Rules: [changed] };
  },
  DescribeServices: () => ({ services: account.service ? [structuredClone(account.service)] : [] }),
  TagResource({ tags }) {
    const others = account.service.tags.filter((it) => tags.every((tag) => tag.key !== it.key));
    account.service.tags = [...others, ...tags];
    return {};
  },
  GetMetricData: ({ MetricDataQueries, StartTime }) => ({
    MetricDataResults: MetricDataQueries.slice(account.metricsLost).map(({ Id, MetricStat }) => {
      const group = MetricStat.Metric.Dimensions.find((it) => it.Name === "TargetGroup").Value;
      const balancer = MetricStat.Metric.Dimensions.find((it) => it.Name === "LoadBalancer").Value;
      const minutes = balancer.startsWith("app/handbook/") ? (account.requests[group] ?? []) : [];
      const seen = minutes.map(([seconds, count]) => [ago(seconds), count]).filter(([at]) => at >= StartTime);
      const Timestamps = seen.map(([at]) => at);
      return { Id, Timestamps, Values: seen.map(([, count]) => count), StatusCode: account.metricStatus };
    }),
  }),
};
