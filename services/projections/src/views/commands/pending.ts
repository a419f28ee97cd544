import { FleetError } from "@fleetlog/domain";
import type { CommandRecord } from "@fleetlog/protocol";
import { ANSWER_BYTES, fitting, jsonBytes } from "../../select/page.ts";
import type { ViewStore } from "../../store/store.ts";
import type { Answer } from "../view.ts";
import type { CommandRow } from "./commands.ts";

const DEFAULT_LIMIT = 100;

export const getCommand: Answer<"commands.get"> = (views, { id }) => resources(views, "WHERE key = ?", id)[0] ?? null;

export const pendingCommands: Answer<"commands.pending"> = (views, { device, after, limit = DEFAULT_LIMIT }) => [
  ...fitting(pendingOf(views, device, limit, after)),
];

export const openCommands: Answer<"commands.open"> = (views, { after = 0, limit = DEFAULT_LIMIT }) => [
  ...fitting(resources(views, "WHERE open = 1 AND ordinal > ? ORDER BY ordinal LIMIT ?", after, limit)),
];

/** What a device has still to do, in the order of issue, from behind a command's sequence on. */
export function pendingOf(views: ViewStore, device: string, limit: number, after = 0): CommandRecord[] {
  return resources(
    views,
    "WHERE device = ? AND open = 1 AND ordinal > ? ORDER BY ordinal LIMIT ?",
    device,
    after,
    limit,
  );
}

function resources(views: ViewStore, where: string, ...values: (string | number)[]): CommandRecord[] {
  return views.query<{ row: string }>(`SELECT row FROM commands ${where}`, ...values).map(({ row }) => resourceOf(row));
}

/** A stored row as it is shown. The key under which somebody asked for it is nobody else's business. */
export function resourceOf(json: string): CommandRecord {
  const { idempotencyKey: _, ...command } = (JSON.parse(json) as CommandRow).command;
  if (json.length < ANSWER_BYTES / 4 || jsonBytes(command) <= ANSWER_BYTES) return command;
  // Parameters and result each fitted a message of their own. Together they may not; the event that ended it has the result.
  const { result: __, ...rest } = command;
  if (jsonBytes(rest) <= ANSWER_BYTES) return rest;
  throw new FleetError("payload-too-large", `command ${command.id} is larger than an answer can be`, {
    advice: "Read it from the device's events.",
  });
}
