import type { HistoryStore, StoredAsOf } from "@fleetlog/history/store";
import { random } from "@fleetlog/projections/fixtures";
import type { Result } from "../../measure.ts";
import { MOMENTS, mostMs, percentile } from "./moments.ts";

interface Question {
  readonly what: string;
  readonly query: string;
  /** Parameters that differ for each number. */
  readonly params: (n: number) => unknown;
}

const pump = (n: number) => 77 + 7 * n;

const ASKED: readonly Question[] = [
  { what: "page", query: "devices.list", params: (n) => ({ sort: "-since", limit: 50, offset: 50 * n }) },
  { what: "searched page", query: "devices.list", params: (n) => ({ search: `pump ${pump(n)}`, limit: 50 }) },
  { what: "device", query: "devices.get", params: (n) => ({ id: `device-0000${pump(n)}` }) },
  { what: "summary", query: "devices.summary", params: () => ({}) },
];
/** The number of further questions about each moment. */
const LATER = 3;

interface Took {
  readonly wall: number;
  /** Processor time of all threads. */
  readonly cpu: number;
}

/** Answers as of random moments of the history. */
export async function answers(
  asOf: StoredAsOf,
  fleet: HistoryStore,
  progress: (text: string) => void,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const question of ASKED) {
    progress(question.what);
    results.push(...(await timesOf(asOf, fleet.seq, question)));
  }
  return results;
}

/** Cold: the first question about a moment. Warm: further questions about it, for example for another device. */
async function timesOf(asOf: StoredAsOf, newest: number, { what, query, params }: Question): Promise<Result[]> {
  const dice = random(11);
  const took: Record<"cold" | "warm", Took[]> = { cold: [], warm: [] };
  for (let i = 0; i < MOMENTS; i++) {
    const seq = 1 + Math.floor(newest * (0.1 + 0.9 * dice()));
    const at = i % 2 === 0 ? seq : (await asOf.resolve(seq)).at;
    for (let n = 0; n <= LATER; n++) {
      const one = await timed(async () => asOf.answer(query, params(n), undefined, await asOf.resolve(at)));
      took[n === 0 ? "cold" : "warm"].push(one);
    }
  }
  return (["cold", "warm"] as const).flatMap((kind) => {
    const name = `${what} as of a moment, ${kind}`;
    const of = (time: keyof Took) =>
      percentile(
        took[kind].map((one) => one[time]),
        0.95,
      );
    return [
      { name: `${name}, 95th percentile`, value: of("wall"), unit: "ms", goal: { atMost: mostMs(newest) } },
      { name: `${name}, processor time, 95th percentile`, value: of("cpu"), unit: "ms" },
    ];
  });
}

async function timed(task: () => Promise<unknown>): Promise<Took> {
  const [began, used] = [performance.now(), process.cpuUsage()];
  await task();
  const { user, system } = process.cpuUsage(used);
  return { wall: performance.now() - began, cpu: (user + system) / 1_000 };
}
