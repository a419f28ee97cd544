import { isLimited } from "@fleetlog/domain";
import { COMMAND_STATES, type CommandFilterState, type ListCommandsQuery } from "@fleetlog/protocol";
import type { Filter } from "../../filter.ts";
import type { Reader } from "../../select/reader.ts";
import { searchDevices } from "../devices/filter.ts";
import { registry } from "../devices/registry.ts";
import { timeOf } from "../time-of.ts";
import type { Answer, ThreadOf } from "../view.ts";
import { OPEN } from "./commands.ts";
import { COMMANDS, resourcesOf } from "./rows.ts";

const DEFAULT_LIMIT = 100;
const MAX_DEVICES = 1_000;
const BY_KEY = [{ column: "key" }];
const NEWEST_FIRST = [{ column: "ordinal", descending: true }];

export const listCommands: Answer<"commands.list"> = (reader, params) => {
  const { limit = DEFAULT_LIMIT, cursor } = params;
  const request = {
    list: "commands",
    filter: filterOf(reader, params),
    order: NEWEST_FIRST,
    limit,
    cursor,
    // With a filter by state or a search, commands join and leave the list.
    moves: params.state !== undefined || params.search !== undefined,
  };
  return reader.page(COMMANDS, request, (ids) => resourcesOf(reader, ids));
};

/** The thread `search` is for queries that may check every device or command. */
export const threadOfList: ThreadOf<ListCommandsQuery> = ({ search, name, state, by, since, until }, scope) => {
  if (search !== undefined || name !== undefined || (scope !== undefined && isLimited(scope))) return "search";
  return [state, by, since, until].some((filter) => filter !== undefined) ? "list" : undefined;
};

function filterOf(reader: Reader, { device, by, state, search, name, since, until }: ListCommandsQuery): Filter {
  const filters: Filter[] = search === undefined ? [] : ofDevices(reader, search);
  if (device !== undefined) filters.push({ column: "device", eq: device });
  if (by !== undefined) filters.push({ column: "by", eq: by });
  if (name !== undefined)
    filters.push(name.endsWith("*") ? { column: "name", prefix: name.slice(0, -1) } : { column: "name", eq: name });
  if (since !== undefined) filters.push({ column: "issuedAt", gte: timeOf("since", since) });
  if (until !== undefined) filters.push({ column: "issuedAt", lt: timeOf("until", until) });
  const states = COMMAND_STATES.filter((one) => state === undefined || isAmong(one, state));
  if (states.length < COMMAND_STATES.length) filters.push({ column: "state", in: states });
  return { and: filters };
}

/** If few devices match, commands are filtered by the ids of these devices, for which there is an index. */
function ofDevices(reader: Reader, search: string): Filter[] {
  const found: Filter = { and: searchDevices(search) };
  if (found.and.length === 0) return [];
  const ids = reader.keys({ tables: [registry] }, found, BY_KEY, { limit: MAX_DEVICES + 1 });
  return [
    ids.length <= MAX_DEVICES
      ? { column: "device", in: ids }
      : { column: "device", refersTo: "registry", where: found },
  ];
}

function isAmong(state: (typeof COMMAND_STATES)[number], asked: readonly CommandFilterState[]): boolean {
  return asked.includes(state) || asked.includes(OPEN.in.some((open) => open === state) ? "open" : "ended");
}
