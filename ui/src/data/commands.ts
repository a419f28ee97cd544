import type {
  CommandPage,
  CommandResource,
  DeclaredCommands,
  IssueCommandBody,
  ListCommandsQuery,
} from "@fleetlog/protocol";
import { call, get } from "./api.ts";
import { chunks } from "./chunks.ts";
import type { EventResource } from "./events.ts";

export type {
  CommandPage,
  CommandResource,
  DeclaredCommands,
  IssueCommandBody,
  ListCommandsQuery,
} from "@fleetlog/protocol";

const MAX_DECLARED = 500;

export type CommandState = CommandResource["state"];
export type CommandDetail = CommandResource & { readonly events: readonly EventResource[] };

export const COMMAND_STATES = [
  "issued",
  "delivered",
  "completed",
  "failed",
  "expired",
  "cancelled",
] as const satisfies readonly CommandState[];

export function isOpen({ state }: Pick<CommandResource, "state">): boolean {
  return state === "issued" || state === "delivered";
}

/** The device's answer; empty if the command has none. The API gives an unanswered command an error of its own. */
export function answerOf({ state, result, error }: Pick<CommandResource, "state" | "result" | "error">) {
  return state === "completed" || state === "failed" ? { result, error } : {};
}

export function listCommands(query: ListCommandsQuery, signal?: AbortSignal): Promise<CommandPage> {
  return get("/commands", query as Record<string, string>, signal);
}

export function getCommand(id: string, signal?: AbortSignal): Promise<CommandDetail> {
  return get(`/commands/${encodeURIComponent(id)}`, undefined, signal);
}

/** The commands that these devices declare, grouped by devices with equal declarations. Omits retired devices. */
export async function declaredCommands(ids: readonly string[], signal?: AbortSignal): Promise<DeclaredCommands[]> {
  const groups: DeclaredCommands[] = [];
  for (const part of chunks(ids, MAX_DECLARED)) {
    const { items } = await get<{ items: DeclaredCommands[] }>("/commands/declared", { ids: part.join(",") }, signal);
    groups.push(...items);
  }
  return groups;
}

/** Resolves once the command is in the log. A repetition with the same key issues no second command. */
export function issueCommand(device: string, body: IssueCommandBody, key: string): Promise<CommandResource> {
  return call("POST", `/devices/${encodeURIComponent(device)}/commands`, { body, headers: { "idempotency-key": key } });
}

/** Issues a command, and resolves when it has ended, or after 10 s. */
export function runCommand(device: string, body: IssueCommandBody): Promise<CommandResource> {
  return call("POST", `/devices/${encodeURIComponent(device)}/commands`, { query: { wait: "10s" }, body });
}

/** @throws ApiError `command-ended` */
export function cancelCommand(id: string, reason?: string): Promise<CommandResource> {
  return call("POST", `/commands/${encodeURIComponent(id)}/cancel`, { body: reason ? { reason } : {} });
}
