import { CommandTail, type Fleet, TypeCommands } from "@fleetlog/fleet";
import { CommandMetrics } from "../../metrics/commands.ts";
import type { Core } from "../../node/core.ts";
import type { NodePart } from "../../node/parts.ts";
import type { SessionsPart } from "./sessions-part.ts";

export interface CommandsPart extends NodePart {
  readonly fleet: Fleet;
}

export function commandsPart({ name, fleet, logger }: Core, { sessions, rates }: SessionsPart): CommandsPart {
  const counted = new CommandMetrics();
  const commandTail = new CommandTail(fleet.log, logger, (event) => {
    counted.count(event.type);
    sessions.applyCommandEvent(event);
    if (event.type === "CommandDelivered" && event.gateway === name) rates.delivered();
  });
  const typeCommands = new TypeCommands(fleet.log, logger);
  return {
    name: "commands",
    fleet: { ...fleet, commandTail, typeCommands, deliverLocally: (event) => sessions.addCommand(event) },
    metrics: counted.metrics,
    start: async () => {
      await Promise.all([commandTail.start(), typeCommands.start()]);
    },
    stop: async () => {
      await Promise.all([commandTail.stop(), typeCommands.stop()]);
    },
  };
}
