import { isLimited } from "@fleetlog/domain";
import { DEVICE_STATUSES, type FleetSummary } from "@fleetlog/protocol";
import type { Filter } from "../../filter.ts";
import type { Reader } from "../../select/reader.ts";
import { FAILED, OPEN } from "../commands/commands.ts";
import { COMMANDS } from "../commands/rows.ts";
import type { Answer, ThreadOf } from "../view.ts";
import { registry } from "./registry.ts";
import { hourOf, parseEndKey, status } from "./status.ts";

const MAX_FACET_VALUES = 100;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_GATEWAY_ENDS = 10;

export const fleetSummary: Answer<"devices.summary"> = (reader) => summarize(reader, reader.now);

/** A limited scope needs a search. Otherwise, the counts are in memory. */
export const laneOfSummary: ThreadOf<unknown> = (_, scope) =>
  scope !== undefined && isLimited(scope) ? "search" : undefined;

/** `now`: milliseconds since 1970. */
export function summarize(reader: Reader, now: number): FleetSummary {
  const statuses = reader.counts(status, "status");
  const byStatus = Object.fromEntries(DEVICE_STATUSES.map((one) => [one, statuses.get(one) ?? 0]));
  const { retired = 0, ...others } = byStatus;
  return {
    total: Object.values(others).reduce((sum, count) => sum + count, 0),
    byStatus: { ...others, retired },
    tags: commonest(reader.counts(registry, "tags")),
    models: commonest(reader.counts(registry, "model")),
    firmwares: commonest(reader.counts(registry, "firmware")),
    openCommands: reader.count(COMMANDS, OPEN),
    failedCommandsToday: failedSince(reader, now - DAY_MS),
    failedCommandsLastHour: failedSince(reader, now - HOUR_MS),
    disconnectedForDay: disconnectedBefore(reader, now - DAY_MS),
    gatewayEnds: gatewayEnds(reader.counts(status, "endedBy"), now - DAY_MS),
  };
}

function failedSince(reader: Reader, since: number): number {
  return reader.count(COMMANDS, { and: [FAILED, { column: "endedAt", gte: new Date(since).toISOString() }] });
}

/**
 * Devices that were disconnected by the time `before`, and still are. Memory has the counts of whole hours; the table
 * is read only for the hour of `before`.
 */
function disconnectedBefore(reader: Reader, before: number): number {
  const time = new Date(before).toISOString();
  const hour = hourOf(time);
  let count = 0;
  for (const [disconnectedIn, devices] of reader.counts(status, "goneHour")) {
    if (disconnectedIn < hour) count += devices;
  }
  const thatHour: Filter[] = [
    { column: "status", eq: "disconnected" },
    { column: "seen", gte: hour, lte: time },
  ];
  return count + reader.count({ tables: [status] }, { and: thatHour });
}

const HOW = { GatewayLost: "lost", GatewayStopped: "stopped", GatewayStarted: "restarted" } as const;

function gatewayEnds(counts: ReadonlyMap<string, number>, since: number): FleetSummary["gatewayEnds"] {
  return [...counts]
    .map(([key, devices]) => ({ ...parseEndKey(key), devices }))
    .filter(({ time }) => Date.parse(time) > since)
    .sort((a, b) => (a.time < b.time ? 1 : -1))
    .slice(0, MAX_GATEWAY_ENDS)
    .map(({ gateway, how, time, devices }) => ({ gateway, how: HOW[how], at: time, devices }));
}

interface Count {
  readonly value: string;
  readonly count: number;
}

/** Does not sort all values, because every device may have a tag of its own. */
function commonest(counts: ReadonlyMap<string, number>): Count[] {
  const top: Count[] = [];
  for (const [value, count] of counts) {
    const last = top.at(-1);
    const one = { value, count };
    if (top.length === MAX_FACET_VALUES && last !== undefined && !precedes(one, last)) continue;
    let at = top.length;
    for (let before = top[at - 1]; before !== undefined && precedes(one, before); before = top[at - 1]) at--;
    top.splice(at, 0, one);
    if (top.length > MAX_FACET_VALUES) top.pop();
  }
  return top;
}

function precedes(a: Count, b: Count): boolean {
  return a.count > b.count || (a.count === b.count && a.value < b.value);
}
