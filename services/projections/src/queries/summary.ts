import { DEVICE_STATUSES, type FleetSummary } from "@fleetlog/protocol";
import Type from "typebox";
import type { ViewStore } from "../store/store.ts";
import type { Query } from "./query.ts";

/** Values of a facet that are named. */
const COMMONEST = 100;
const DAY_MS = 86_400_000;

export const fleetSummary: Query<"devices.summary"> = {
  params: Type.Object({}, { additionalProperties: false }),
  answer: (views) => summarize(views, Date.now()),
};

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
    failedCommandsToday: count(
      views,
      "state IN ('failed', 'expired') AND endedAt >= ?",
      new Date(now - DAY_MS).toISOString(),
    ),
  };
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
