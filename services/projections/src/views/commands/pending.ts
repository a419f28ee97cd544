import { type Command, FleetError } from "@fleetlog/domain";
import type { CommandRecord } from "@fleetlog/protocol";
import type { Filter } from "../../select/filter.ts";
import { ANSWER_BYTES, fitting, jsonBytes } from "../../select/page.ts";
import type { Reader } from "../../select/reader.ts";
import type { Answer } from "../view.ts";
import { commands, OPEN } from "./commands.ts";

const DEFAULT_LIMIT = 100;
export const COMMANDS = { tables: [commands] };
const OLDEST_FIRST = [{ column: "ordinal" }];

export const getCommand: Answer<"commands.get"> = (reader, { id }) => resourcesOf(reader, [id])[0] ?? null;

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

export function resourcesOf(reader: Reader, ids: readonly string[]): CommandRecord[] {
  return reader.rows<{ row: string }>(COMMANDS, ids, { row: "commands.row" }).map(({ row }) => resourceOf(row));
}

/** A row parsed from JSON: no value is undefined. */
interface Stored {
  readonly command: CommandRecord & Pick<Command, "idempotencyKey">;
}

/** Only the issuer may know the idempotency key. */
function resourceOf(json: string): CommandRecord {
  const { idempotencyKey: _, ...command } = (JSON.parse(json) as Stored).command;
  if (json.length < ANSWER_BYTES / 4 || jsonBytes(command) <= ANSWER_BYTES) return command;
  // Parameters and result may be too large together; the result is also in its event.
  const { result: __, ...rest } = command;
  if (jsonBytes(rest) <= ANSWER_BYTES) return rest;
  throw new FleetError("payload-too-large", `command ${command.id} is larger than an answer can be`, {
    advice: "Read it from the device's events.",
  });
}
