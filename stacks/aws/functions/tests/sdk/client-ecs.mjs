import { Client, Command } from "../support/account.mjs";

export class ECSClient extends Client {}
export class DescribeServicesCommand extends Command {}
export class TagResourceCommand extends Command {}
