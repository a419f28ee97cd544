import type { ListUpdatesQuery, UpdatesPage, UpdatesResource } from "@fleetlog/protocol";
import { call, get } from "./api.ts";
import type { CommandResource } from "./commands.ts";

export type {
  FoundUpdate,
  ListUpdatesQuery,
  UpdateOrder,
  UpdateState,
  UpdatesPage,
  UpdatesResource,
} from "@fleetlog/protocol";

export function listUpdates(query: ListUpdatesQuery, signal?: AbortSignal): Promise<UpdatesPage> {
  return get("/updates", query, signal);
}

/** Null if the device was not compared with a catalogue yet. */
export async function updatesOf(device: string, signal?: AbortSignal): Promise<UpdatesResource | null> {
  return (await listUpdates({ device, limit: 1 }, signal)).items[0] ?? null;
}

/** Installs what the newest scan has found. A repetition with the same key sends no second command. */
export function sendUpdate(
  device: string,
  body: { readonly package: string; readonly catalogue: string },
  key: string,
): Promise<CommandResource> {
  const path = `/devices/${encodeURIComponent(device)}/updates`;
  return call("POST", path, { body, headers: { "idempotency-key": key } });
}
