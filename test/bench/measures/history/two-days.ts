import type { Moment } from "@fleetlog/history";
import { Differences, type Duck, type HistoryStore } from "@fleetlog/history/store";
import { random } from "@fleetlog/projections/fixtures";
import type { Result } from "../../measure.ts";
import { MOMENTS, mostMs, percentile } from "./moments.ts";

/** The generator makes an event each second. */
const TWO_DAYS = 2 * 86_400;

/**
 * Pages of the differences between two moments. Cold: the first page. Warm: the next page. Also measures the processor
 * time of all threads.
 */
export async function twoDays(duck: Duck, fleet: HistoryStore): Promise<Result[]> {
  const dice = random(13);
  const differences = new Differences({ duck, fleet });
  const times: Record<"cold" | "warm", { readonly wall: number; readonly cpu: number }[]> = { cold: [], warm: [] };
  for (let i = 0; i < MOMENTS; i++) {
    const seq = Math.floor(Math.max(0, fleet.seq - TWO_DAYS) * dice());
    const [from, to] = [seq, Math.min(fleet.seq, seq + TWO_DAYS)].map((one) => ({ seq: one, at: "" }));
    let after: Parameters<typeof differences.page>[0]["after"];
    for (const kind of ["cold", "warm"] as const) {
      const [began, used] = [performance.now(), process.cpuUsage()];
      const page = await differences.page({ from: from as Moment, to: to as Moment, limit: 50, after });
      after = page.last;
      const { user, system } = process.cpuUsage(used);
      times[kind].push({ wall: performance.now() - began, cpu: (user + system) / 1_000 });
    }
  }
  await differences.close();
  return (["cold", "warm"] as const).flatMap((kind) => {
    const of = (what: "wall" | "cpu") =>
      percentile(
        times[kind].map((one) => one[what]),
        0.95,
      );
    const name = `differences of two days, ${kind}`;
    return [
      { name: `${name}, 95th percentile`, value: of("wall"), unit: "ms", goal: { atMost: mostMs(fleet.seq) } },
      { name: `${name}, processor time, 95th percentile`, value: of("cpu"), unit: "ms" },
    ];
  });
}
