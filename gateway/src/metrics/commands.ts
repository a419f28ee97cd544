import type { CommandEvent } from "@fleetlog/domain";
import { Counter, type Metric } from "prom-client";

const OUTCOMES: Readonly<Record<CommandEvent["type"], string>> = {
  CommandIssued: "issued",
  CommandDelivered: "delivered",
  CommandProgressed: "progressed",
  CommandCompleted: "completed",
  CommandFailed: "failed",
  CommandExpired: "expired",
  CommandCancelled: "cancelled",
  CommandGivenUp: "given-up",
};

export class CommandMetrics {
  readonly #commands = new Counter({
    name: "fleetlog_commands_total",
    help: "Command events by outcome, of the whole fleet as this node sees them: take the maximum over nodes, not the sum",
    labelNames: ["outcome"],
    registers: [],
  });

  constructor() {
    for (const outcome of Object.values(OUTCOMES)) this.#commands.inc({ outcome }, 0);
  }

  get metrics(): readonly Metric[] {
    return [this.#commands] as readonly Metric[];
  }

  count(type: CommandEvent["type"]): void {
    this.#commands.inc({ outcome: OUTCOMES[type] });
  }
}
