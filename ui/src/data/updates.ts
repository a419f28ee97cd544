import type { ListUpdatesQuery, UpdatesPage, UpdatesResource } from "@fleetlog/protocol";
import { get } from "./api.ts";

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
