import { type Command, FleetError, unansweredError } from "@fleetlog/domain";
import type { CommandRecord } from "@fleetlog/protocol";
import { ANSWER_BYTES, jsonBytes } from "../../select/page.ts";
import type { Reader } from "../../select/reader.ts";
import type { Answer } from "../view.ts";
import { commands } from "./commands.ts";

export const COMMANDS = { tables: [commands] };

export const getCommand: Answer<"commands.get"> = (reader, { id }) => resourcesOf(reader, [id])[0] ?? null;

/** The commands are in the order of the ids; those that were never issued are left out. */
export function resourcesOf(reader: Reader, ids: readonly string[]): CommandRecord[] {
  return reader.rows<{ row: string }>(COMMANDS, ids, { row: "commands.row" }).map(({ row }) => resourceOf(row));
}

/** A row parsed from JSON: no value is undefined. */
interface Stored {
  readonly command: CommandRecord & Pick<Command, "idempotencyKey">;
}

/** A stored command without its idempotency key, which only the issuer may know. */
function resourceOf(json: string): CommandRecord {
  const { idempotencyKey: _, ...stored } = (JSON.parse(json) as Stored).command;
  const unanswered = unansweredError(stored);
  const command = unanswered === undefined ? stored : { ...stored, error: unanswered };
  if (json.length < ANSWER_BYTES / 4 || jsonBytes(command) <= ANSWER_BYTES) return command;
  // Parameters and result may be too large together; the result is also in its event.
  const { result: __, ...rest } = command;
  if (jsonBytes(rest) <= ANSWER_BYTES) return rest;
  throw new FleetError("payload-too-large", `command ${command.id} is larger than an answer can be`, {
    advice: "Read it from the device's events.",
  });
}
