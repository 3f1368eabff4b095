import { Client, Command } from "../support/account.mjs";

export class CloudWatchClient extends Client {}
export class GetMetricDataCommand extends Command {}
