import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import type { Moment } from "@fleetlog/history";
import { Differences, Duck, HistoryStore, StoredAsOf } from "@fleetlog/history/store";
import { FleetHistory, random } from "@fleetlog/projections/fixtures";
import { projectionsOf, streamOfProjection, VIEWS } from "@fleetlog/projections/folding";
import type { Measure, Result } from "../measure.ts";

const EVENTS_A_DEVICE = 100;
const BATCH = 2_048;
const MOMENTS = 20;
const MIB = 1_024 ** 2;
const silent = { info() {}, warn() {}, error() {} };

const ASKED = [
  ["page", "devices.list", { sort: "-since", limit: 50 }],
  ["searched page", "devices.list", { search: "pump 77", limit: 50 }],
  ["device", "devices.get", { id: "device-000077" }],
  ["summary", "devices.summary", {}],
] as const;

/** Without a log server: how fast events become tables, and how fast answers as of random moments are. */
export const history: Measure = {
  name: "history",
  async run({ quick, events = quick ? 100_000 : 1_000_000, progress }) {
    const directory = await mkdtemp(join(tmpdir(), "fleetlog-history-"));
    const duck = await Duck.open({ memory: "400MB", threads: 2, spill: join(directory, "spill") });
    const stores = new Map<StreamName, HistoryStore>();
    try {
      for (const [stream, projections] of Map.groupBy(projectionsOf(VIEWS), streamOfProjection)) {
        const options = { directory: join(directory, stream), stream, projections, duck, logger: silent };
        stores.set(stream, await HistoryStore.open(options));
      }
      const fleet = stores.get("FLEET");
      if (fleet === undefined) throw new TypeError("no history of FLEET");
      progress(`${events} events of ${events / EVENTS_A_DEVICE} devices`);
      const rate = await ingest(fleet, events);
      const bytes = await bytesIn(join(directory, "FLEET"));
      const asOf = new StoredAsOf({ duck, stores, goal: () => fleet.seq, now: Date.now, moments: 2 });
      const results: Result[] = [
        { name: "events to tables", value: rate, unit: "events/s", goal: { atLeast: 100_000 } },
        { name: "history on disk", value: bytes / fleet.seq, unit: "bytes an event" },
      ];
      for (const [what, query, params] of ASKED) {
        progress(what);
        results.push(...(await answers(asOf, fleet.seq, `${what} as of a moment`, query, params)));
      }
      progress("differences of two days");
      results.push(...(await twoDays(duck, fleet)));
      await asOf.close();
      const memory = process.memoryUsage().rss / MIB;
      const highest = process.resourceUsage().maxRSS / 1_024;
      return [
        ...results,
        { name: "memory, with the generator of events", value: memory, unit: "MiB", goal: { atMost: 1_024 } },
        { name: "highest memory of the process until then", value: highest, unit: "MiB" },
      ];
    } finally {
      for (const store of stores.values()) store.close();
      duck.close();
      await rm(directory, { recursive: true, force: true });
    }
  },
};

/** Events a second, without the time to generate them. */
async function ingest(store: HistoryStore, count: number): Promise<number> {
  const fleet = new FleetHistory(Math.round(count / EVENTS_A_DEVICE));
  let spent = 0;
  let fed = 0;
  const feed = async (events: readonly RecordedEvent[]): Promise<void> => {
    for (let i = 0; i < events.length; i += BATCH) {
      const batch = JSON.parse(JSON.stringify(events.slice(i, i + BATCH))) as RecordedEvent[];
      const began = performance.now();
      await store.apply(batch, batch.at(-1)?.seq ?? 0);
      spent += performance.now() - began;
      fed += batch.length;
    }
  };
  await feed(fleet.registrations());
  while (fed < count) await feed(fleet.next(BATCH));
  const began = performance.now();
  await store.seal();
  return (fed / (spent + performance.now() - began)) * 1_000;
}

/** Cold: the first answer as of a moment. Warm: the next one. */
async function answers(
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

/** The generator makes an event each second. */
const TWO_DAYS = 2 * 86_400;

/** Cold: the first page of two moments. Warm: the next page. In processor time of all threads, too. */
async function twoDays(duck: Duck, fleet: HistoryStore): Promise<Result[]> {
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
      { name: `${name}, 95th percentile`, value: of("wall"), unit: "ms", goal: { atMost: 500 } },
      { name: `${name}, processor time, 95th percentile`, value: of("cpu"), unit: "ms" },
    ];
  });
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN;
}

async function bytesIn(directory: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(directory)) bytes += (await stat(join(directory, name))).size;
  return bytes;
}
