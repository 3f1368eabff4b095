import { Client, Command } from "../support/account.mjs";

export class ApplicationAutoScalingClient extends Client {}
export class DescribeScalableTargetsCommand extends Command {}
export class RegisterScalableTargetCommand extends Command {}
