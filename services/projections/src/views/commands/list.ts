import { COMMAND_STATES, type CommandFilterState, type ListCommandsQuery } from "@fleetlog/protocol";
import type { Filter } from "../../select/filter.ts";
import type { Answer } from "../view.ts";
import { OPEN } from "./commands.ts";
import { COMMANDS, resourcesOf } from "./pending.ts";

const DEFAULT_LIMIT = 100;
const NEWEST_FIRST = [{ column: "ordinal", descending: true }];

/** Newest first. */
export const listCommands: Answer<"commands.list"> = (reader, params) => {
  const { limit = DEFAULT_LIMIT, cursor } = params;
  const request = { list: "commands", filter: filterOf(params), order: NEWEST_FIRST, limit, cursor };
  return reader.page(COMMANDS, request, (ids) => resourcesOf(reader, ids));
};

function filterOf({ device, by, state }: ListCommandsQuery): Filter {
  const filters: Filter[] = [];
  if (device !== undefined) filters.push({ column: "device", eq: device });
  if (by !== undefined) filters.push({ column: "by", eq: by });
  const states = COMMAND_STATES.filter((one) => state === undefined || isAmong(one, state));
  if (states.length < COMMAND_STATES.length) filters.push({ column: "state", in: states });
  return { and: filters };
}

function isAmong(state: (typeof COMMAND_STATES)[number], asked: readonly CommandFilterState[]): boolean {
  return asked.includes(state) || asked.includes(OPEN.in.some((open) => open === state) ? "open" : "ended");
}
