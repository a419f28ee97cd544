import type { CommandRecord } from "@fleetlog/protocol";
import type { Filter } from "../../filter.ts";
import { fitting } from "../../select/page.ts";
import type { Reader } from "../../select/reader.ts";
import type { Answer } from "../view.ts";
import { OPEN } from "./commands.ts";
import { COMMANDS, resourcesOf } from "./rows.ts";

const DEFAULT_LIMIT = 100;
const OLDEST_FIRST = [{ column: "ordinal" }];

export const pendingCommands: Answer<"commands.pending"> = (reader, { device, after, limit = DEFAULT_LIMIT }) => [
  ...fitting(pendingOf(reader, device, limit, after), reader.answerBytes),
];

export const openCommands: Answer<"commands.open"> = (reader, { after, limit = DEFAULT_LIMIT }) => [
  ...fitting(oldest(reader, OPEN, limit, after), reader.answerBytes),
];

export function pendingOf(reader: Reader, device: string, limit: number, after?: number): CommandRecord[] {
  return oldest(reader, { and: [{ column: "device", eq: device }, OPEN] }, limit, after);
}

function oldest(reader: Reader, filter: Filter, limit: number, after = 0): CommandRecord[] {
  return resourcesOf(reader, reader.keys(COMMANDS, filter, OLDEST_FIRST, { after: [after], limit }));
}
