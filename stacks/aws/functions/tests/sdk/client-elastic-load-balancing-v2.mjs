import { Client, Command } from "../support/account.mjs";

export class ElasticLoadBalancingV2Client extends Client {}
export class DescribeRulesCommand extends Command {}
export class DescribeTargetHealthCommand extends Command {}
export class ModifyRuleCommand extends Command {}
