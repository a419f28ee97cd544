import type { CommandPage, CommandResource, ListCommandsQuery } from "./http/commands.ts";
import type { DeviceDetail, DevicePage, DeviceResource, FleetSummary, ListDevicesQuery } from "./http/devices.ts";
import type { GatewayResource } from "./http/system.ts";

/** What the views can be asked, by name: parameters and answer. */
export interface Queries {
  "devices.list": { params: ListDevicesQuery; result: DevicePage };
  /** Null: never registered. */
  "devices.get": { params: { id: string }; result: DeviceDetail | null };
  /** Those of the ids that were ever registered, in the order of the ids; at most {@link MAX_ROWS}. */
  "devices.rows": { params: { ids: string[] }; result: DeviceResource[] };
  "devices.summary": { params: Record<string, never>; result: FleetSummary };
  "commands.list": { params: ListCommandsQuery; result: CommandPage };
  "commands.get": { params: { id: string }; result: CommandResource | null };
  /**
   * What a device has still to do, in the order of issue; `after` pages on from a command's sequence. An answer may hold
   * fewer than `limit` because they are large: only an empty one says that there are no more.
   */
  "commands.pending": { params: { device: string; after?: number; limit?: number }; result: CommandResource[] };
  /** Every command that has not ended, by sequence; pages like `commands.pending`. */
  "commands.open": { params: { after?: number; limit?: number }; result: CommandResource[] };
  /** Running ones first, then those that stopped or were lost, the newest first. */
  "gateways.list": { params: Record<string, never>; result: GatewayResource[] };
}

/** Rows by id that one question may ask for. */
export const MAX_ROWS = 500;

export type QueryName = keyof Queries;

export interface QueryRequest<N extends QueryName = QueryName> {
  readonly params: Queries[N]["params"];
  /** Answer from a state that has FLEET up to this sequence, at least. */
  readonly atLeast?: number;
  /** How long to wait for `atLeast`; then FleetError `view-behind`. Default 2,000, at most 10,000. */
  readonly waitMs?: number;
}

export interface QueryAnswer<N extends QueryName = QueryName> {
  readonly result: Queries[N]["result"];
  /** The FLEET sequence up to which the answering views are built. */
  readonly seq: number;
}

/** The bus subject that a projector answers a query on, in queue group {@link QUERY_QUEUE}. */
export function querySubject(name: QueryName): string {
  return `query.${name}`;
}
export const QUERY_QUEUE = "projectors";
