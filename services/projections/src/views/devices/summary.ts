import { DEVICE_STATUSES, type FleetSummary } from "@fleetlog/protocol";
import type { ViewStore } from "../../store/store.ts";
import type { Answer } from "../view.ts";
import { DRIVING_INDEX } from "./filter.ts";
import { hourOf, parseEndKey } from "./status.ts";

/** Values of a facet that are named. */
const COMMONEST = 100;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MOST_ENDS = 10;

export const fleetSummary: Answer<"devices.summary"> = (views) => summarize(views, Date.now());

/** `now` in milliseconds since 1970. */
export function summarize(views: ViewStore, now: number): FleetSummary {
  const statuses = views.counts("status", "status");
  const byStatus = Object.fromEntries(DEVICE_STATUSES.map((status) => [status, statuses.get(status) ?? 0]));
  const { retired = 0, ...others } = byStatus;
  return {
    total: Object.values(others).reduce((sum, count) => sum + count, 0),
    byStatus: { ...others, retired },
    tags: commonest(views.counts("registry", "tags")),
    models: commonest(views.counts("registry", "model")),
    firmwares: commonest(views.counts("registry", "firmware")),
    openCommands: count(views, "open = 1"),
    failedCommandsToday: failedSince(views, now - DAY_MS),
    failedCommandsLastHour: failedSince(views, now - HOUR_MS),
    disconnectedForDay: disconnectedSince(views, now - DAY_MS),
    gatewayEnds: gatewayEnds(views.counts("status", "endedBy"), now - DAY_MS),
  };
}

function failedSince(views: ViewStore, since: number): number {
  return count(views, "state IN ('failed', 'expired') AND endedAt >= ?", new Date(since).toISOString());
}

/** Whole hours are counted as rows change; only those of the hour that the moment is in are looked at one by one. */
function disconnectedSince(views: ViewStore, since: number): number {
  const moment = new Date(since).toISOString();
  const hour = hourOf(moment);
  let count = 0;
  for (const [gone, devices] of views.counts("status", "goneHour")) if (gone < hour) count += devices;
  const by = DRIVING_INDEX["s.seen"];
  const sql = `SELECT count(*) AS n FROM status INDEXED BY ${by} WHERE seen >= ? AND seen <= ? AND status = 'disconnected'`;
  return count + (views.queryOne<{ n: number }>(sql, hour, moment)?.n ?? 0);
}

const HOW = { GatewayLost: "lost", GatewayStopped: "stopped", GatewayStarted: "restarted" } as const;

function gatewayEnds(counts: ReadonlyMap<string, number>, since: number): FleetSummary["gatewayEnds"] {
  return [...counts]
    .map(([key, devices]) => ({ ...parseEndKey(key), devices }))
    .filter(({ time }) => Date.parse(time) > since)
    .sort((a, b) => (a.time < b.time ? 1 : -1))
    .slice(0, MOST_ENDS)
    .map(({ gateway, how, time, devices }) => ({ gateway, how: HOW[how], at: time, devices }));
}

function count(views: ViewStore, where: string, ...values: string[]): number {
  return views.queryOne<{ n: number }>(`SELECT count(*) AS n FROM commands WHERE ${where}`, ...values)?.n ?? 0;
}

interface Count {
  readonly value: string;
  readonly count: number;
}

/** Without sorting them all: every device may have a tag of its own. */
function commonest(counts: ReadonlyMap<string, number>): Count[] {
  const top: Count[] = [];
  for (const [value, count] of counts) {
    const last = top.at(-1);
    const one = { value, count };
    if (top.length === COMMONEST && last !== undefined && !precedes(one, last)) continue;
    let at = top.length;
    for (let before = top[at - 1]; before !== undefined && precedes(one, before); before = top[at - 1]) at--;
    top.splice(at, 0, one);
    if (top.length > COMMONEST) top.pop();
  }
  return top;
}

function precedes(a: Count, b: Count): boolean {
  return a.count > b.count || (a.count === b.count && a.value < b.value);
}
