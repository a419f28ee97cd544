import type { CommandPage, CommandResource, IssueCommandBody, ListCommandsQuery } from "@fleetlog/protocol";
import { call, get } from "./api.ts";
import type { EventResource } from "./events.ts";

export type { CommandPage, CommandResource, IssueCommandBody, ListCommandsQuery } from "@fleetlog/protocol";

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

export function listCommands(query: ListCommandsQuery, signal?: AbortSignal): Promise<CommandPage> {
  return get("/commands", query as Record<string, string>, signal);
}

export function getCommand(id: string, signal?: AbortSignal): Promise<CommandDetail> {
  return get(`/commands/${encodeURIComponent(id)}`, undefined, signal);
}

/** Resolves once the command is in the log. One key issues one command, however often it is sent. */
export function issueCommand(device: string, body: IssueCommandBody, key: string): Promise<CommandResource> {
  return call("POST", `/devices/${encodeURIComponent(device)}/commands`, { body, headers: { "idempotency-key": key } });
}

/** @throws ApiError `command-ended` if the command has ended already */
export function cancelCommand(id: string, reason?: string): Promise<CommandResource> {
  return call("POST", `/commands/${encodeURIComponent(id)}/cancel`, { body: reason ? { reason } : {} });
}
