import type { HistoryStore, StoredAsOf } from "@fleetlog/history/store";
import { random } from "@fleetlog/projections/fixtures";
import type { Result } from "../../measure.ts";
import { MOMENTS, percentile } from "./moments.ts";

const ASKED = [
  ["page", "devices.list", { sort: "-since", limit: 50 }],
  ["searched page", "devices.list", { search: "pump 77", limit: 50 }],
  ["device", "devices.get", { id: "device-000077" }],
  ["summary", "devices.summary", {}],
] as const;

/** Answers as of random moments of the history. */
export async function answers(
  asOf: StoredAsOf,
  fleet: HistoryStore,
  progress: (text: string) => void,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const [what, query, params] of ASKED) {
    progress(what);
    results.push(...(await timesOf(asOf, fleet.seq, `${what} as of a moment`, query, params)));
  }
  return results;
}

/** Cold: the first answer as of a moment. Warm: the next one. */
async function timesOf(
  asOf: StoredAsOf,
  newest: number,
  name: string,
  query: string,
  params: unknown,
): Promise<Result[]> {
  const dice = random(11);
  const times: Record<"cold" | "warm", number[]> = { cold: [], warm: [] };
  for (let i = 0; i < MOMENTS; i++) {
    const moment = await asOf.resolve(1 + Math.floor(newest * (0.1 + 0.9 * dice())));
    for (const kind of ["cold", "warm"] as const) {
      const began = performance.now();
      await asOf.answer(query, params, undefined, moment);
      times[kind].push(performance.now() - began);
    }
  }
  return (["cold", "warm"] as const).map((kind) => ({
    name: `${name}, ${kind}, 95th percentile`,
    value: percentile(times[kind], 0.95),
    unit: "ms",
    goal: { atMost: 500 },
  }));
}
